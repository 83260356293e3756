#!/usr/bin/env python3
"""Computes known answers for the tests, with nothing but Python's standard library.

Usage: python3 make.py > known_answers.json
"""

import base64
import calendar
import hashlib
import hmac
import json
import sys

KEYS = [
    "3f2c0e6a-54f5-4c5e-9d0e-0d3a8a2d6c11",
    "k",
    "访问密钥-与中文",
    "long-" * 20,  # longer than one block of SHA-256
]

BODIES = [
    {"activity": "newInstance", "orderId": "CS2405300001", "orderLineId": "CS2405300001-000001",
     "businessId": "b1f7d6c0-0001-4f0e-8f0e-2f6f5f1c9a01"},
    {"testFlag": "1", "activity": "queryInstance", "instanceId": "i-1,i-2,i-3"},
    {"activity": "refreshInstance", "scene": "RENEWAL", "orderId": "CS1", "orderLineId": "CS1-000001",
     "instanceId": "i/1?&=+ \"quoted\" \\ back", "productId": "p", "expireTime": "20270228235959"},
    {"activity": "changeInstanceCheck", "instanceId": "实例-壹",
     "productInfo": {"skuCode": "sku", "productName": "旗舰版 🚀\t\u0001\u007f", "linearValue": 12,
                     "productId": "p-2"}},
    {"z": {"b": {"d": "1", "c": "2"}, "a": ["x", {"k": "v", "j": None}, True, -5]}, "Z": "", "é": "é"},
    {},
]

MOMENTS = [(1717000000000, "A" * 64), (1, "0"), (1893456000123, "aZ09" * 8)]

SECONDS = [0, 951782400, 951868799, 1709164800, 1735689599, 1798761599, 4102444799, -1, 253402300799]


def compact(value):
    """UTF-8 order and code point order agree, so sort_keys is the byte order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def mac(key, message):
    return hmac.new(key.encode(), message, hashlib.sha256)


def signature(key, nonce, timestamp, payload):
    payload_hash = mac(key, payload).hexdigest().lower()
    return mac(key, (key + nonce + str(timestamp) + payload_hash).encode()).hexdigest().upper()


def civil(second):
    import datetime
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)
    assert calendar.timegm(moment.timetuple()) == second
    return moment.strftime("%Y%m%d%H%M%S").rjust(14, "0")


def main():
    answers = {"bodies": [], "signatures": [], "body_signs": [], "expire_times": []}
    for value in BODIES:
        text = compact(value)
        answers["bodies"].append({"value": value, "canonical": text})
        for key in KEYS:
            sign = base64.b64encode(mac(key, text.encode()).digest()).decode()
            answers["body_signs"].append({
                "key": key, "body": text,
                "header": f'sign_type="HMAC-SHA256", signature= "{sign}"'})
            for timestamp, nonce in MOMENTS:
                answers["signatures"].append({
                    "key": key, "nonce": nonce, "timestamp": timestamp, "payload": text,
                    "signature": signature(key, nonce, timestamp, text.encode())})
    for second in SECONDS:
        answers["expire_times"].append({"unix": second, "text": civil(second)})
    json.dump(answers, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()

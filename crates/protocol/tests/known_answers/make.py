#!/usr/bin/env python3
"""Computes known answers for the tests, independently of the Rust code.

Usage: python3 make.py > known_answers.json

Everything comes from Python's standard library; AES is done by the `openssl` command, and the
SHA1PRNG stream is written out here from its description. When `java` is on the path, the derived
AES keys are also compared with those of `KeyGenerator` seeded as the published sample does it
(`Sha1Prng.java`), and the program stops when they differ.
"""

import base64
import calendar
import hashlib
import hmac
import json
import pathlib
import shutil
import subprocess
import sys
import urllib.parse

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
    {"activity": "updateInstanceStatus", "instanceId": "i-1", "status": "FREEZE"},
    {"activity": "releaseInstance", "instanceId": "i-1", "orderId": "CS9", "orderLineId": "CS9-000001"},
    {"activity": "upgradeInstance", "instanceId": "i-1", "orderId": "CS3", "orderLineId": "CS3-000002"},
    {"activity": "refreshLicenseCode", "scene": "UNSUBSCRIBE_RENEWAL_PERIOD", "orderId": "CS4",
     "orderLineId": "CS4-000001", "license": "授权码-1", "expireTime": "20270101000000"},
    {"activity": "getLicenseAsync", "instanceId": "i-1", "effectiveTime": "2024-05-29 16:26:40 UTC",
     "eventId": "e-1", "deviceFingerprint": "指纹/1+2="},
    {"activity": "orderNotify", "orderId": "CS1", "orderLineId": "CS1-000001", "testFlag": "0"},
    {"z": {"b": {"d": "1", "c": "2"}, "a": ["x", {"k": "v", "j": None}, True, -5]}, "Z": "", "é": "é"},
    {},
]

MOMENTS = [(1717000000000, "A" * 64), (1, "0"), (1893456000123, "aZ09" * 8)]

SECONDS = [0, 951782400, 951868799, 1709164800, 1735689599, 1798761599, 4102444799, -1, 253402300799]

# Parameters of GET calls, without authToken.
QUERIES = [
    {"activity": "newInstance", "timeStamp": "20240529162640123", "customerId": "68cbc86abc2018ab880d92f36422fa0e",
     "customerName": "客户 A&B=C+D", "businessId": "b-1", "orderId": "CS1", "skuCode": "sku", "productId": "p",
     "chargingMode": "1", "periodType": "year", "periodNumber": "1", "orderAmount": "100", "testFlag": "1",
     "mobilePhone": "abcdEFGH01234567q1w2+/==", "saasExtendParams": "W10="},
    {"activity": "expireInstance", "timeStamp": "20240529162640123", "instanceId": "i~1-2_3.4", "orderId": "CS1"},
    {"activity": "upgrade", "timeStamp": "19991231235959999", "instanceId": "i/1?&=+ %2B", "orderId": "CS2",
     "skuCode": "s", "productId": "p", "amount": "9999999"},
    {"activity": "queryInstance", "timeStamp": "20240529162640123", "instanceId": "i-1,i-2", "Zone": "upper", "zone": "lower"},
    {"activity": "getLicense", "timeStamp": "20240529162640123", "customerId": "c", "businessId": "b", "orderId": "o",
     "productId": "p", "customerName": "引号\"'<>🚀"},
    {"activity": "instanceStatus", "timeStamp": "20240529162640123", "instanceId": "*!()", "instanceStatus": "NORMAL",
     "testFlag": "0"},
]

PLAIN_TEXTS = ["", "a", "管理员", "13800000000", "buyer@example.com", "exactly 16 bytes", "x" * 79, "p4ss wörd/+= 🚀"]
IVS = ["abcdEFGH01234567", "ZZZZZZZZZZZZZZZZ", "0123456789abcdef"]

EXTEND_PARAMS = [
    [],
    [{"name": "emailDomainName", "value": "example.com"}],
    [{"name": "identificationCode", "value": "硬件-1"}, {"name": "自定义", "value": "a/b+c \"d\""}],
    [{"value": "{\"tenantName\":\"企业\",\"tennantId\":\"t\",\"userId\":\"u\"}", "name": "platformParams"}],
    [{"name": "n%d" % n, "value": "v" * n} for n in range(8)],
    [{"name": "", "value": ""}],
]

JWT_CASES = [
    ("app-key", "app-secret", 1717000000123), ("密钥", "秘密", 1717000000999), ("a\"b\\c/d", "s" * 100, 0),
    ("k", "", 1893456000000), ("k", "x", 999), ("api", "secret", 4102444799999),
]


def compact(value):
    """UTF-8 order and code point order agree, so sort_keys is the byte order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def mac(key, message):
    return hmac.new(key.encode(), message, hashlib.sha256)


def request_canonical(key, nonce, timestamp, payload):
    return nonce + str(timestamp) + mac(key, payload).hexdigest().lower()


def signature(key, nonce, timestamp, payload):
    return mac(key, (key + request_canonical(key, nonce, timestamp, payload)).encode()).hexdigest().upper()


def auth_token(key, parameters):
    joined = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters, key=lambda n: n.encode()))
    token = base64.b64encode(mac(key + parameters["timeStamp"], joined.encode()).digest()).decode()
    return joined, token


def wire(parameters, token):
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    names = sorted(parameters, key=lambda n: n.encode())
    return "&".join(f"{quote(name)}={quote(parameters[name])}" for name in names) + "&authToken=" + quote(token)


def sha1prng(seed, length):
    """The stream of Sun's SHA1PRNG, byte for byte with sign extension."""
    signed = lambda byte: byte - 256 if byte > 127 else byte
    state = bytearray(hashlib.sha1(seed).digest())
    stream = b""
    while len(stream) < length:
        out = hashlib.sha1(bytes(state)).digest()
        stream += out
        carry, changed = 1, False
        for i in range(20):
            v = signed(state[i]) + signed(out[i]) + carry
            t = v & 0xFF
            changed = changed or state[i] != t
            state[i] = t
            carry = v >> 8
        if not changed:
            state[0] = (state[0] + 1) & 0xFF
    return stream[:length]


def aes_cbc(key, iv, plain):
    """PKCS#5 padding is what openssl does by default."""
    command = ["openssl", "enc", f"-aes-{len(key) * 8}-cbc", "-K", key.hex(), "-iv", iv.encode().hex()]
    return subprocess.run(command, input=plain.encode(), capture_output=True, check=True).stdout


def java_keys(key):
    program = pathlib.Path(__file__).with_name("Sha1Prng.java")
    lines = subprocess.run(["java", str(program), key], capture_output=True, check=True, text=True).stdout.split()
    return {128: lines[0], 256: lines[1]}


def aes_cases():
    cases = []
    for key in KEYS:
        derived = {bits: sha1prng(key.encode(), bits // 8) for bits in (128, 256)}
        if shutil.which("java"):
            assert {bits: value.hex() for bits, value in derived.items()} == java_keys(key), "Java differs"
        for bits, name in ((128, "AES128_CBC_PKCS5Padding"), (256, "AES256_CBC_PKCS5Padding")):
            for number, plain in enumerate(PLAIN_TEXTS):
                iv = IVS[number % len(IVS)]
                text = iv + base64.b64encode(aes_cbc(derived[bits], iv, plain)).decode()
                cases.append({"key": key, "algorithm": name, "derived": derived[bits].hex(), "iv": iv,
                              "plain": plain, "text": text})
    return cases


def jwt(app_key, secret, now_ms):
    url = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
    payload = compact({"api_key": app_key, "timestamp": now_ms, "exp": now_ms // 1000 + 300})
    signed = url(b'{"alg":"HS256","sign_type":"SIGN"}') + "." + url(payload.encode())
    return signed + "." + url(mac(secret, signed.encode()).digest())


def civil(second):
    import datetime
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)
    assert calendar.timegm(moment.timetuple()) == second
    return moment.strftime("%Y%m%d%H%M%S").rjust(14, "0"), moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def main():
    answers = {name: [] for name in ("bodies", "signatures", "body_signs", "expire_times", "tokens", "fields",
                                     "extend_params", "jwts")}
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
                    "canonical": request_canonical(key, nonce, timestamp, text.encode()),
                    "signature": signature(key, nonce, timestamp, text.encode())})
    for second in SECONDS:
        text, licence = civil(second)
        answers["expire_times"].append({"unix": second, "text": text, "licence": licence})
    for parameters in QUERIES:
        for key in KEYS:
            joined, token = auth_token(key, parameters)
            assert len(token) == 44
            answers["tokens"].append({"key": key, "parameters": parameters, "canonical": joined, "token": token,
                                      "query": wire(parameters, token)})
    answers["fields"] = aes_cases()
    for params in EXTEND_PARAMS:
        text = base64.b64encode(compact(params).encode()).decode()
        answers["extend_params"].append({"params": params, "text": text})
    for app_key, secret, now_ms in JWT_CASES:
        answers["jwts"].append({"app_key": app_key, "secret": secret, "now_ms": now_ms,
                                "token": jwt(app_key, secret, now_ms)})
    json.dump(answers, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()

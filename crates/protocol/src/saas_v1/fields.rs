//! The parameter tables of the SaaS 1.0 calls (5.1 – 5.7). `authToken` belongs to every table and
//! is added when the address is signed.

use crate::extend_params;
use crate::form::{Field, ID, Kind, QUERY_TEXT, TEST_FLAG};

const STATUS: Kind = Kind::OneOf(&["FREEZE", "NORMAL"]);
pub(crate) const PERIOD: Kind = Kind::OneOf(&["year", "month", "day"]);
pub(crate) const CHARGING: Kind = Kind::OneOf(&["0", "1", "3", "5"]);

pub(crate) const fn id(name: &'static str) -> Field {
    Field::mandatory(name, Kind::Text, ID)
}

pub(crate) const fn activity(limit: usize) -> Field {
    Field::mandatory("activity", Kind::Text, limit)
}

pub(crate) const fn optional(name: &'static str, limit: usize) -> Field {
    Field::optional(name, Kind::Text, limit)
}

pub(crate) const fn whole(name: &'static str, limit: usize) -> Field {
    Field::optional(name, Kind::Integer, limit)
}

pub(crate) const TIME_STAMP: Field = Field::mandatory("timeStamp", Kind::TimeStamp, 20);
pub(crate) const EXTEND: Field = optional("saasExtendParams", extend_params::LIMIT);
pub(crate) const ORDER_AMOUNT: Field = Field::optional("orderAmount", Kind::Amount, 20);

pub(crate) const NEW_INSTANCE: [Field; 25] = [
    activity(20),
    TIME_STAMP,
    Field::mandatory("customerId", Kind::Text, 100),
    optional("customerName", 64),
    optional("userId", 64),
    optional("userName", 64),
    optional("mobilePhone", 256),
    optional("email", 256),
    id("businessId"),
    id("orderId"),
    optional("skuCode", 64),
    id("productId"),
    TEST_FLAG,
    Field::optional("trialFlag", Kind::OneOf(&["0", "1"]), 2),
    Field::optional("startTime", Kind::Expiry, 20),
    Field::optional("expireTime", Kind::Expiry, 20),
    Field::optional("chargingMode", CHARGING, 2),
    EXTEND,
    whole("amount", 7),
    whole("diskSize", 7),
    whole("bandWidth", 7),
    Field::optional("periodType", PERIOD, 10),
    whole("periodNumber", 2),
    ORDER_AMOUNT,
    optional("provisionType", 2),
];

pub(crate) const REFRESH_INSTANCE: [Field; 11] = [
    activity(20),
    TIME_STAMP,
    TEST_FLAG,
    id("orderId"),
    id("instanceId"),
    optional("productId", 64),
    Field::mandatory("expireTime", Kind::Expiry, 20),
    Field::optional("trialToFormal", Kind::OneOf(&["0", "1"]), 2),
    Field::optional("periodType", PERIOD, 10),
    whole("periodNumber", 2),
    ORDER_AMOUNT,
];

pub(crate) const EXPIRE_INSTANCE: [Field; 5] = [activity(20), TIME_STAMP, TEST_FLAG, id("instanceId"), id("orderId")];

pub(crate) const RELEASE_INSTANCE: [Field; 6] =
    [activity(20), TIME_STAMP, TEST_FLAG, id("instanceId"), id("orderId"), ORDER_AMOUNT];

pub(crate) const UPGRADE: [Field; 11] = [
    activity(20),
    TIME_STAMP,
    TEST_FLAG,
    id("instanceId"),
    id("orderId"),
    id("skuCode"),
    id("productId"),
    whole("amount", 7),
    whole("diskSize", 7),
    whole("bandWidth", 7),
    EXTEND,
];

pub(crate) const INSTANCE_STATUS: [Field; 5] =
    [activity(32), TIME_STAMP, TEST_FLAG, id("instanceId"), Field::mandatory("instanceStatus", STATUS, 32)];

pub(crate) const QUERY_INSTANCE: [Field; 4] =
    [activity(20), TIME_STAMP, TEST_FLAG, Field::mandatory("instanceId", Kind::Ids, QUERY_TEXT)];

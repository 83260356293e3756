//! The smallest seller that passes for SaaS 2.0 and 1.0: it remembers instances in memory.
//!
//! `cargo run -p sample_sellers --example smallest_seller -- ACCESS_KEY KEY_VALUE`

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use protocol::Generation;
use protocol::answer::{AppInfo, InstanceInfo};
use protocol::call::Call;
use protocol::seller::{Endpoint, Received, Reply};
use protocol::{saas_v1, saas_v2};
use sample_sellers::kit::{Production, Service};

/// Instance by order and line, and whether it is frozen by instance.
#[derive(Default)]
struct Instances {
    by_order: HashMap<(String, String), String>,
    frozen: HashMap<String, bool>,
}

struct SmallSeller(Mutex<Instances>);

impl SmallSeller {
    fn create(&self, order: &str, line: &str, business_id: &str) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (order.to_owned(), line.to_owned());
        let id = known.by_order.entry(key).or_insert_with(|| business_id.to_owned()).clone();
        known.frozen.entry(id.clone()).or_insert(false);
        id
    }

    fn set_frozen(&self, id: &str, frozen: bool) -> Reply {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.frozen.get_mut(id) {
            Some(state) => {
                *state = frozen;
                Reply::success()
            }
            None => Reply::unknown_instance(),
        }
    }

    fn release(&self, id: &str) -> Reply {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.frozen.remove(id).map_or_else(Reply::unknown_instance, |_| Reply::success())
    }

    fn exists(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).frozen.contains_key(id)
    }

    fn query(&self, ids: &[String]) -> Reply {
        let found = ids.iter().filter(|id| self.exists(id)).map(|id| InstanceInfo {
            instance_id: id.clone(),
            app_info: Some(app_info(id)),
            usage_info: Vec::new(),
        });
        Reply { info: Some(found.collect()), ..Reply::success() }
    }

    fn known(&self, id: &str) -> Reply {
        if self.exists(id) { Reply::success() } else { Reply::unknown_instance() }
    }
}

fn app_info(id: &str) -> AppInfo {
    AppInfo {
        front_end_url: format!("https://app.example/{id}"),
        admin_url: None,
        user_name: Some("admin".to_owned()),
        password: Some("change me".to_owned()),
        memo: None,
        encrypt_type: None,
    }
}

impl Service for SmallSeller {
    async fn answer(&self, received: Received) -> Reply {
        if received.test {
            return Reply { app_info: Some(app_info("sample")), ..Reply::success().with_instance("sample") };
        }
        match received.call {
            Call::SaasV2(request) => match request {
                saas_v2::Request::NewInstance(r) => {
                    Reply::success().with_instance(self.create(&r.order_id, &r.order_line_id, &r.business_id))
                }
                saas_v2::Request::QueryInstance(r) => self.query(&r.instance_ids),
                saas_v2::Request::UpdateInstanceStatus(r) => {
                    self.set_frozen(&r.instance_id, r.status == saas_v2::InstanceStatus::Freeze)
                }
                saas_v2::Request::ReleaseInstance(r) => self.release(&r.instance_id),
                other => self.known(&other.instance_ids()[0]),
            },
            Call::SaasV1(request) => match request {
                saas_v1::Request::NewInstance(r) => {
                    let id = self.create(&r.order_id, &r.product_id, &r.business_id);
                    Reply { app_info: Some(app_info(&id)), ..Reply::success().with_instance(id) }
                }
                saas_v1::Request::QueryInstance(r) => self.query(&r.instance_ids),
                saas_v1::Request::ExpireInstance(r) => self.set_frozen(&r.instance_id, true),
                saas_v1::Request::RefreshInstance(r) => self.set_frozen(&r.instance_id, false),
                saas_v1::Request::InstanceStatus(r) => {
                    self.set_frozen(&r.instance_id, r.status == saas_v1::InstanceStatus::Freeze)
                }
                saas_v1::Request::ReleaseInstance(r) => self.release(&r.instance_id),
                saas_v1::Request::Upgrade(r) => self.known(&r.instance_id),
            },
            _ => Reply::new("000002", "this seller offers SaaS only"),
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut keys = std::env::args().skip(1);
    let access_key = keys.next().unwrap_or_else(|| "my access key".to_owned());
    let key_value = keys.next().unwrap_or_else(|| "my key value".to_owned());
    let endpoint = Endpoint::new().with(Generation::SaasV2, access_key).with(Generation::SaasV1, key_value);
    let router = Production::new(endpoint, SmallSeller(Mutex::default())).router("/produce");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
    println!("http://127.0.0.1:8081/produce");
    axum::serve(listener, router).await
}

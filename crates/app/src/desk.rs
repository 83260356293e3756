//! Rows that an operation holds: each is loaded once, changed in memory, and written when the
//! operation ends, all of a kind in one statement. An operation on one order and one on a hundred
//! take the same statements.

use crate::error::AppError;
use crate::work::{OrganisationClock, Work};
use domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::Tx;
use store::deliveries::{self, OpenCall};
use store::fulfilment::{Instance, SellerCall};
use store::messages::{Mail, Message};
use store::ordering::Order;

/// A row as it stands in this operation.
struct Held<T> {
    row: T,
    /// Version in the database.
    loaded: i64,
    /// When it was changed last in this operation; `None`: not at all.
    changed: Option<Timestamp>,
}

impl<T> Held<T> {
    fn keep(held: &mut BTreeMap<String, Held<T>>, id: &str, row: T, loaded: i64, now: Timestamp) {
        // Rows are written in the order of their ids: two operations never wait for each other.
        let loaded = held.get(id).map_or(loaded, |h| h.loaded);
        held.insert(id.to_owned(), Held { row, loaded, changed: Some(now) });
    }
}

/// Rows held by an operation.
#[derive(Default)]
pub(crate) struct Desk {
    calls: BTreeMap<String, Held<SellerCall>>,
    instances: BTreeMap<String, Held<Instance>>,
    orders: BTreeMap<String, Held<Order>>,
    new_calls: Vec<SellerCall>,
    open: HashMap<String, Vec<OpenCall>>,
    clocks: HashMap<String, OrganisationClock>,
    sales: BTreeMap<String, i64>,
    messages: Vec<Message>,
    mails: Vec<Mail>,
}

fn without(ids: impl IntoIterator<Item = String>, held: impl Fn(&str) -> bool) -> Vec<String> {
    let wanted: BTreeSet<String> = ids.into_iter().filter(|id| !held(id)).collect();
    wanted.into_iter().collect()
}

impl Desk {
    fn take_instances(&mut self, found: Vec<Instance>) {
        for row in found {
            let held = Held { loaded: row.version, row, changed: None };
            self.instances.entry(held.row.id.clone()).or_insert(held);
        }
    }

    /// Writes what was changed.
    pub(crate) fn write(&mut self, tx: &mut Tx<'_>) -> Result<(), AppError> {
        self.write_rows(tx)?;
        let sales: Vec<(String, i64)> = std::mem::take(&mut self.sales).into_iter().collect();
        deliveries::count_sales(tx, &sales)?;
        store::messages::insert_all(tx, &std::mem::take(&mut self.messages))?;
        store::messages::insert_mails(tx, &std::mem::take(&mut self.mails))?;
        Ok(())
    }

    /// Writes changed and new calls, instances and orders.
    fn write_rows(&mut self, tx: &mut Tx<'_>) -> Result<(), AppError> {
        let calls: Vec<_> = self.calls.values().filter(|h| h.changed.is_some()).map(|h| (&h.row, h.loaded)).collect();
        deliveries::save_calls(tx, &calls)?;
        deliveries::insert_calls(tx, &std::mem::take(&mut self.new_calls))?;
        let instances: Vec<_> =
            self.instances.values().filter_map(|h| h.changed.map(|at| (&h.row, h.loaded, at))).collect();
        deliveries::save_instances(tx, &instances)?;
        let orders: Vec<_> = self.orders.values().filter(|h| h.changed.is_some()).map(|h| (&h.row, h.loaded)).collect();
        store::ordering::save_orders(tx, &orders)?;
        written(&mut self.calls);
        written(&mut self.instances);
        written(&mut self.orders);
        Ok(())
    }
}

/// After writing, the database is one version ahead of what was loaded.
fn written<T>(held: &mut BTreeMap<String, Held<T>>) {
    for h in held.values_mut().filter(|h| h.changed.is_some()) {
        h.changed = None;
        h.loaded += 1;
    }
}

impl Work<'_, '_> {
    /// Loads and locks calls with their instances, and what decides about their order.
    pub(crate) fn hold_calls(&mut self, ids: impl IntoIterator<Item = String>) -> Result<(), AppError> {
        let ids = without(ids, |id| self.desk.calls.contains_key(id));
        // Instances first: whoever changes a call holds its instance.
        let instances = deliveries::instances_of_calls(self.tx, &ids)?;
        let instance_ids: Vec<String> = instances.iter().map(|i| i.id.clone()).collect();
        self.desk.take_instances(instances);
        for row in deliveries::calls(self.tx, &ids)? {
            self.desk.calls.insert(row.id.clone(), Held { loaded: row.version, row, changed: None });
        }
        self.hold_open_calls(instance_ids)
    }

    /// Loads and locks instances.
    pub(crate) fn hold_instances(&mut self, ids: impl IntoIterator<Item = String>) -> Result<(), AppError> {
        let ids = without(ids, |id| self.desk.instances.contains_key(id));
        let found = deliveries::instances(self.tx, &ids)?;
        self.desk.take_instances(found);
        Ok(())
    }

    /// Loads and locks orders.
    pub(crate) fn hold_orders(&mut self, ids: impl IntoIterator<Item = String>) -> Result<(), AppError> {
        let ids = without(ids, |id| self.desk.orders.contains_key(id));
        for row in deliveries::orders(self.tx, &ids)? {
            self.desk.orders.insert(row.id.clone(), Held { loaded: row.version, row, changed: None });
        }
        Ok(())
    }

    /// Loads which calls of instances are open.
    pub(crate) fn hold_open_calls(&mut self, instance_ids: impl IntoIterator<Item = String>) -> Result<(), AppError> {
        let ids = without(instance_ids, |id| self.desk.open.contains_key(id));
        for found in deliveries::open_calls(self.tx, &ids)? {
            self.desk.open.entry(found.instance_id.clone()).or_default().push(found);
        }
        for id in ids {
            self.desk.open.entry(id).or_default();
        }
        Ok(())
    }

    /// Loads the clocks of organisations.
    pub(crate) fn hold_clocks(&mut self, ids: impl IntoIterator<Item = String>) -> Result<(), AppError> {
        let ids = without(ids, |id| self.desk.clocks.contains_key(id));
        for (id, sandbox, offset) in deliveries::clocks(self.tx, &ids)? {
            let clock = match sandbox {
                true => OrganisationClock { owner: Some(id.clone()), offset },
                false => OrganisationClock::default(),
            };
            self.desk.clocks.insert(id, clock);
        }
        Ok(())
    }

    /// The clock of an organisation that is held.
    pub(crate) fn held_clock(&self, organisation_id: &str) -> Option<OrganisationClock> {
        self.desk.clocks.get(organisation_id).cloned()
    }

    /// A call as it stands in this operation, locked.
    pub(crate) fn call(&mut self, id: &str) -> Result<Option<SellerCall>, AppError> {
        if !self.desk.calls.contains_key(id) {
            self.hold_calls([id.to_owned()])?;
        }
        Ok(self.desk.calls.get(id).map(|h| h.row.clone()))
    }

    /// An instance as it stands in this operation, locked.
    pub(crate) fn instance(&mut self, id: &str) -> Result<Option<Instance>, AppError> {
        if !self.desk.instances.contains_key(id) {
            self.hold_instances([id.to_owned()])?;
        }
        Ok(self.desk.instances.get(id).map(|h| h.row.clone()))
    }

    /// An order as it stands in this operation, locked.
    pub(crate) fn order(&mut self, id: &str) -> Result<Option<Order>, AppError> {
        if !self.desk.orders.contains_key(id) {
            self.hold_orders([id.to_owned()])?;
        }
        Ok(self.desk.orders.get(id).map(|h| h.row.clone()))
    }

    /// The open calls of an instance as they stand in this operation, oldest first.
    pub(crate) fn open_calls(&mut self, instance_id: &str) -> Result<Vec<OpenCall>, AppError> {
        if !self.desk.open.contains_key(instance_id) {
            self.desk.write_rows(self.tx)?;
            self.hold_open_calls([instance_id.to_owned()])?;
        }
        let mut open = self.desk.open.get(instance_id).cloned().unwrap_or_default();
        for call in &mut open {
            if let Some(held) = self.desk.calls.get(&call.id) {
                (call.state, call.sent_at) = (held.row.state, held.row.sent_at);
            }
        }
        Ok(open)
    }

    /// Writes changed rows now, for a query that has to see them.
    pub(crate) fn write_held(&mut self) -> Result<(), AppError> {
        self.desk.write_rows(self.tx)
    }

    /// Writes a new call when the operation ends.
    pub(crate) fn keep_new_call(&mut self, call: SellerCall) {
        // What is known about the open calls of its instance is asked again.
        self.desk.open.remove(&call.instance_id);
        self.desk.new_calls.push(call);
    }

    /// Saves a call when the operation ends.
    pub(crate) fn keep_call(&mut self, call: &SellerCall) {
        Held::keep(&mut self.desk.calls, &call.id, call.clone(), call.version, self.real_now);
    }

    /// Saves an instance when the operation ends. `now` becomes the time of its state where the state
    /// itself does not say it.
    pub(crate) fn keep_instance(&mut self, instance: &Instance, now: Timestamp) {
        Held::keep(&mut self.desk.instances, &instance.id, instance.clone(), instance.version, now);
    }

    /// Saves an order when the operation ends.
    pub(crate) fn keep_order(&mut self, order: &Order) {
        Held::keep(&mut self.desk.orders, &order.id, order.clone(), order.version, self.real_now);
    }

    /// Counts a sale of a product when the operation ends.
    pub(crate) fn count_sale(&mut self, product_id: &str) {
        *self.desk.sales.entry(product_id.to_owned()).or_default() += 1;
    }

    /// Writes a message when the operation ends.
    pub(crate) fn keep_message(&mut self, message: Message) {
        self.desk.messages.push(message);
    }

    /// Writes a mail when the operation ends.
    pub(crate) fn keep_mail(&mut self, mail: Mail) {
        self.desk.mails.push(mail);
    }
}

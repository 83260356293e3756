//! Figures for the overview pages.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::access::{OperatorRight, Right};
use domain::fulfilment::instance::InstanceState;
use domain::ordering::order::OrderState;
use domain::time::{DAY, Timestamp, start_of_day};
use store::statistics::{DayFigure, Waiting};

/// States with their counts.
pub type Counts = Vec<(String, i64)>;

/// Figures of an overview page. What does not apply to the console is empty.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Paid orders and amounts of the last 30 market days, every day present.
    pub days: Vec<(Timestamp, i64, i64)>,
    /// Orders by state, each counted up to 10,000.
    pub orders: Counts,
    /// Resources by state.
    pub instances: Counts,
    /// Calls by state.
    pub calls: Counts,
    /// Applications by state.
    pub applications: Counts,
    /// Products by state.
    pub products: Counts,
    /// Resources that expire within 30 days: id and end.
    pub expiring: Vec<(String, Timestamp)>,
    /// Payments and top-ups that wait for an operator.
    pub waiting_money: (i64, i64),
    /// Reviews and organisations that wait for an operator.
    pub waiting: Waiting,
}

const CALLS: &[&str] = &["WAITING", "RETRYING", "POLLING", "STOPPED"];
const APPLICATIONS: &[&str] = &["DRAFT", "PENDING_REVIEW", "REJECTED"];
const PRODUCTS: &[&str] = &["UNRELEASED", "ON_SALE", "SUSPENDED", "DISCONTINUED"];

fn every_day(found: &[DayFigure], from: Timestamp) -> Vec<(Timestamp, i64, i64)> {
    (0..30)
        .map(|n| {
            let day = from.plus(n * DAY);
            let figure = found.iter().find(|f| f.day == day);
            (day, figure.map_or(0, |f| f.orders), figure.map_or(0, |f| f.amount_e8))
        })
        .collect()
}

impl App {
    /// Overview of the buyer centre.
    pub async fn buyer_overview(&self, actor: &Actor) -> Result<Overview, AppError> {
        let id = actor.may(Right::OrderView)?.organisation_id.clone();
        let now = self.organisation_now(actor);
        self.look(move |tx| {
            let from = start_of_day(now).plus(-29 * DAY);
            Ok(Overview {
                days: every_day(&store::statistics::paid_per_day(tx, None, Some(&id), &[], from)?, from),
                orders: store::statistics::orders_by_state(tx, Some(&id), None, &[], OrderState::CODES)?,
                instances: store::statistics::instances_by_state(tx, &id, InstanceState::CODES)?,
                expiring: store::statistics::expiring(tx, &id, now.plus(30 * DAY))?,
                ..Overview::default()
            })
        })
        .await
    }

    /// Overview of the seller centre; a narrowed sub-user's figures are of his products only.
    pub async fn seller_overview(&self, actor: &Actor) -> Result<Overview, AppError> {
        let member = actor.seller_may(Right::OrderView)?;
        let (id, only) = (member.organisation_id.clone(), member.products.clone());
        let now = self.now();
        self.look(move |tx| {
            let from = start_of_day(now).plus(-29 * DAY);
            Ok(Overview {
                days: every_day(&store::statistics::paid_per_day(tx, Some(&id), None, &only, from)?, from),
                orders: store::statistics::orders_by_state(tx, None, Some(&id), &only, OrderState::CODES)?,
                calls: store::statistics::calls_by_state(tx, Some(&id), &only, CALLS)?,
                applications: store::statistics::applications_by_state(tx, Some(&id), &only, APPLICATIONS)?,
                products: store::statistics::products_by_state(tx, Some(&id), &only, PRODUCTS)?,
                ..Overview::default()
            })
        })
        .await
    }

    /// Overview of the operator console.
    pub async fn operator_overview(&self, actor: &Actor) -> Result<Overview, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let now = self.now();
        self.look(move |tx| {
            let from = start_of_day(now).plus(-29 * DAY);
            Ok(Overview {
                days: every_day(&store::statistics::paid_per_day(tx, None, None, &[], from)?, from),
                orders: store::statistics::orders_by_state(tx, None, None, &[], OrderState::CODES)?,
                calls: store::statistics::calls_by_state(tx, None, &[], CALLS)?,
                applications: store::statistics::applications_by_state(tx, None, &[], APPLICATIONS)?,
                products: store::statistics::products_by_state(tx, None, &[], PRODUCTS)?,
                waiting_money: store::statistics::waiting_money(tx)?,
                waiting: store::statistics::waiting(tx, now)?,
                ..Overview::default()
            })
        })
        .await
    }
}

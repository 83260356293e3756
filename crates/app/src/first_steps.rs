//! What a market needs before its first order, and a tree of categories to begin with.

use crate::App;
use crate::actor::Actor;
use crate::error::AppError;
use domain::access::{OperatorRight, OperatorRole};
use domain::text::Localized;
use serde_json::json;
use store::audit::PLATFORM_CHAIN;
use store::catalogue::Category;

const STARTER: &str = include_str!("../data/starter_categories.tsv");

/// What is there already of what a market needs before its first order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstSteps {
    /// Whether sellers find a category for their products.
    pub categories: bool,
    /// Whether buyers are told where to transfer money to.
    pub bank_account: bool,
    /// Whether mails reach anybody.
    pub mail: bool,
    /// Whether buyers are told whom to ask.
    pub contact: bool,
    /// Whether a seller may publish.
    pub seller: bool,
    /// Whether anything is on sale.
    pub product: bool,
    /// Whether two people can have money entered, when two are asked for.
    pub second_person: bool,
}

impl FirstSteps {
    /// Whether nothing is missing.
    pub fn done(&self) -> bool {
        let settings = self.bank_account && self.mail && self.contact && self.second_person;
        self.categories && settings && self.seller && self.product
    }
}

/// The categories of the starter tree, groups before their leaves.
fn starter_categories() -> Vec<Category> {
    let lines = STARTER.lines().filter(|line| !line.starts_with('#'));
    let mut found: Vec<Category> = Vec::new();
    for line in lines {
        let mut parts = line.split('\t');
        let mut next = || parts.next().unwrap_or("").to_owned();
        let (parent, id, zh, en, icon) = (next(), next(), next(), next(), next());
        let parent_id = Some(parent).filter(|p| p != "-");
        let position = found.iter().filter(|c| c.parent_id == parent_id).count() as i64 + 1;
        found.push(Category { id, parent_id, name: Localized::new(zh, en), icon, position, hidden: false });
    }
    found
}

/// Whether among these operators one can say that money has arrived and another have it entered.
fn two_for_money(roles: &[OperatorRole]) -> bool {
    let holds = |right| move |role: &&OperatorRole| role.grants(right);
    let approve = roles.iter().filter(holds(OperatorRight::ApproveMoney)).count();
    let either =
        |role: &&OperatorRole| role.grants(OperatorRight::ConfirmMoney) || role.grants(OperatorRight::ApproveMoney);
    approve > 0 && roles.iter().filter(either).count() > 1
}

impl App {
    /// What is still missing, for the operators' overview.
    pub async fn first_steps(&self, actor: &Actor) -> Result<FirstSteps, AppError> {
        actor.operator_may(OperatorRight::Read)?;
        let options = self.options();
        let (bank_account, contact) = (!options.bank_account.is_empty(), !options.contact.is_empty());
        let four_eyes = options.four_eyes;
        let (mail, product) = (!self.mails_go_nowhere(), self.shelf_size() > 0);
        self.look(move |tx| {
            let categories = store::catalogue::categories(tx)?.iter().any(|c| !c.hidden);
            let seller = store::identity::any_active_seller(tx)?;
            let second_person = !four_eyes || two_for_money(&store::identity::roles_of_operators(tx)?);
            Ok(FirstSteps { categories, bank_account, mail, contact, seller, product, second_person })
        })
        .await
    }

    /// Writes the starter tree into a market without categories; returns how many there are then.
    /// Refused where there are categories already.
    pub async fn load_starter_categories(&self, actor: &Actor) -> Result<usize, AppError> {
        if !matches!(actor, Actor::System(_)) {
            actor.operator_may(OperatorRight::ReviewProducts)?;
        }
        let count = self
            .act(actor, |work| {
                if !store::catalogue::categories(work.tx)?.is_empty() {
                    return Err(AppError::Refused("categories-exist"));
                }
                let tree = starter_categories();
                for category in &tree {
                    store::catalogue::save_category(work.tx, category)?;
                }
                work.audit(PLATFORM_CHAIN, "category.starter", "category", "", &json!({"count": tree.len()}));
                Ok(tree.len())
            })
            .await?;
        self.inner.shelf.forget_categories();
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_starter_tree_is_whole_and_bilingual() {
        let tree = starter_categories();
        let mut seen = HashSet::new();
        for c in &tree {
            assert!(!c.name.zh.is_empty() && !c.name.en.is_empty() && !c.icon.is_empty(), "{c:?}");
            assert!(c.parent_id.as_ref().is_none_or(|p| seen.contains(p)), "{} before its group", c.id);
            assert!(seen.insert(c.id.clone()), "{} twice", c.id);
        }
        assert_eq!(tree.iter().filter(|c| c.parent_id.is_none()).count(), 12);
        assert_eq!(tree.len(), 76);
    }
}

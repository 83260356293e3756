//! Who may trade what: one rule for placing an order, paying it, renewing, by hand or by the clock
//! (trade 1.4, 1.8; supply side D-29).

use crate::catalogue::product::ProductState;
use crate::identity::{SellerState, Verification};
use crate::settings::Settings;
use crate::time::{DAY, Timestamp};

/// What is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new service or a trial.
    Purchase,
    /// More time for a service that exists, or the conversion of its trial.
    Renewal,
    /// The same by the clock, without anybody looking at it.
    AutomaticRenewal,
}

/// What is known of buyer, seller and product at the moment of the trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// An operator stopped the buyer.
    pub buyer_frozen: bool,
    /// Real-name verification of the buyer.
    pub buyer: Verification,
    /// An operator stopped the seller.
    pub seller_frozen: bool,
    /// State of the seller.
    pub seller: SellerState,
    /// State of the product.
    pub product: ProductState,
    /// When the product was taken off sale for ever.
    pub discontinued_at: Option<Timestamp>,
    /// Whether the specification is still offered to new buyers.
    pub specification_offered: bool,
}

/// Whether the trade may happen at `now` (real time); otherwise the code of the refusal.
pub fn may_trade(
    standing: &Standing,
    purpose: Purpose,
    now: Timestamp,
    settings: &Settings,
) -> Result<(), &'static str> {
    if standing.buyer_frozen {
        return Err("organisation-frozen");
    }
    if standing.buyer != Verification::Verified {
        return Err("not-verified");
    }
    let seller_trades = match purpose {
        Purpose::Purchase => standing.seller == SellerState::Active,
        // A penalty keeps new buyers away; who has the service may go on using it.
        Purpose::Renewal | Purpose::AutomaticRenewal => {
            matches!(standing.seller, SellerState::Active | SellerState::Restricted)
        }
    };
    if standing.seller_frozen || !seller_trades || standing.product == ProductState::Suspended {
        return Err("product-suspended");
    }
    match purpose {
        Purpose::Purchase if standing.product != ProductState::OnSale => Err("product-discontinued"),
        Purpose::Purchase if !standing.specification_offered => Err("specification-discontinued"),
        Purpose::AutomaticRenewal if standing.discontinued_at.is_some() => Err("product-discontinued"),
        Purpose::Renewal => match standing.discontinued_at {
            Some(at) if now.since(at) > settings.renewal_after_discontinuation_days * DAY => {
                Err("product-discontinued")
            }
            _ => Ok(()),
        },
        Purpose::Purchase | Purpose::AutomaticRenewal => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1000 * DAY);

    fn good() -> Standing {
        Standing {
            buyer_frozen: false,
            buyer: Verification::Verified,
            seller_frozen: false,
            seller: SellerState::Active,
            product: ProductState::OnSale,
            discontinued_at: None,
            specification_offered: true,
        }
    }

    fn ask(standing: Standing, purpose: Purpose) -> Result<(), &'static str> {
        may_trade(&standing, purpose, NOW, &Settings::default())
    }

    #[test]
    fn what_is_off_sale_can_be_renewed_for_a_while_but_not_by_the_clock() {
        let days = Settings::default().renewal_after_discontinuation_days;
        let off = |ago: i64| Standing {
            product: ProductState::Discontinued,
            discontinued_at: Some(NOW.plus(-ago)),
            specification_offered: false,
            ..good()
        };
        assert_eq!(ask(off(days * DAY), Purpose::Renewal), Ok(()));
        assert_eq!(ask(off(days * DAY + 1), Purpose::Renewal), Err("product-discontinued"));
        assert_eq!(ask(off(1), Purpose::AutomaticRenewal), Err("product-discontinued"));
        assert_eq!(ask(off(1), Purpose::Purchase), Err("product-discontinued"));
        let old = Standing { specification_offered: false, ..good() };
        assert_eq!(ask(old, Purpose::Purchase), Err("specification-discontinued"));
        assert_eq!(ask(old, Purpose::Renewal), Ok(()));
    }

    fn standing() -> impl Strategy<Value = Standing> {
        (
            any::<bool>(),
            prop::sample::select(Verification::ALL),
            any::<bool>(),
            prop::sample::select(SellerState::ALL),
            prop::sample::select(ProductState::ALL),
            any::<bool>(),
        )
            .prop_map(|(buyer_frozen, buyer, seller_frozen, seller, product, specification_offered)| {
                Standing {
                    buyer_frozen,
                    buyer,
                    seller_frozen,
                    seller,
                    product,
                    discontinued_at: (product == ProductState::Discontinued).then_some(NOW),
                    specification_offered,
                }
            })
    }

    proptest! {
        #[test]
        fn nobody_trades_with_the_frozen_the_unverified_or_the_suspended(s in standing()) {
            for purpose in [Purpose::Purchase, Purpose::Renewal, Purpose::AutomaticRenewal] {
                let stopped = s.buyer_frozen
                    || s.seller_frozen
                    || s.buyer != Verification::Verified
                    || s.product == ProductState::Suspended
                    || !matches!(s.seller, SellerState::Active | SellerState::Restricted);
                prop_assert!(!(stopped && ask(s, purpose).is_ok()), "{s:?} {purpose:?}");
            }
            if ask(s, Purpose::Purchase).is_ok() {
                prop_assert!(ask(s, Purpose::Renewal).is_ok(), "what can be bought can be renewed");
            }
        }
    }
}

//! A product on the shelf (supply side 3.9).

use crate::Refusal;
use crate::access::coded;

coded! {
    /// State of a product.
    ProductState {
        /// Its release has not been approved yet.
        Unreleased = "UNRELEASED",
        /// Can be bought.
        OnSale = "ON_SALE",
        /// Buy button off, page kept; by an operator.
        Suspended = "SUSPENDED",
        /// Off for ever; running subscriptions go on.
        Discontinued = "DISCONTINUED",
    }
}

coded! {
    /// What happens to a product.
    ProductAction {
        /// Release approved.
        Release = "release",
        /// Operator stops the sale.
        Suspend = "suspend",
        /// Operator lets it go on.
        Resume = "resume",
        /// Taken off sale.
        Discontinue = "discontinue",
    }
}

impl ProductState {
    /// The state after `action`; the whole table.
    pub fn apply(self, action: ProductAction) -> Result<ProductState, Refusal> {
        use ProductAction::*;
        use ProductState::*;
        match (self, action) {
            (Unreleased, Release) => Ok(OnSale),
            (OnSale, Suspend) => Ok(Suspended),
            (Suspended, Resume) => Ok(OnSale),
            (OnSale | Suspended, Discontinue) => Ok(Discontinued),
            (state, action) => Err(Refusal { code: "product-wrong-state", action: action.code(), state: state.code() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_discontinued_never_returns() {
        assert!(ProductAction::ALL.iter().all(|a| ProductState::Discontinued.apply(*a).is_err()));
    }
}

//! The production address itself (2).

use std::net::IpAddr;

use protocol::verdict::Language;
use url::{Host, Url};

use super::Problem;
use crate::plan::Severity;
use crate::words::phrases::Phrases;

/// Reads an address and says what a marketplace would not accept about it.
///
/// # Errors
/// A sentence when it cannot be called at all.
pub fn judge_address(address: &str, language: Language) -> Result<Option<Problem>, String> {
    let phrases = Phrases(language);
    let url = Url::parse(address).map_err(|_| phrases.no_address())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(phrases.no_address());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(phrases.address_with_password());
    }
    if is_loopback(&url) {
        return Ok(None);
    }
    let found = match (url.scheme(), url.host()) {
        ("http", _) => phrases.plain_http(),
        (_, Some(Host::Ipv4(_) | Host::Ipv6(_))) => phrases.no_domain(),
        _ => return Ok(None),
    };
    Ok(Some(Problem { severity: Severity::Warning, section: "2".to_owned(), found, advice: None, difference: None }))
}

/// Whether the address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// Whether a buyer's page may be opened: on this machine or on the host of the production address.
pub fn may_open(page: &str, address: &str) -> bool {
    let (Ok(page), Ok(address)) = (Url::parse(page), Url::parse(address)) else {
        return false;
    };
    matches!(page.scheme(), "http" | "https") && (is_loopback(&page) || page.host() == address.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_may_be_plain_and_others_are_remarked_on() {
        let judged = |address| judge_address(address, Language::En);
        for fine in ["http://127.0.0.1:8081/p", "http://localhost/p", "http://[::1]/p", "https://seller.example/p"] {
            assert_eq!(judged(fine), Ok(None), "{fine}");
        }
        for odd in ["http://seller.example/p", "https://10.0.0.7/p", "http://192.168.1.5:8081/p"] {
            let problem = judged(odd).unwrap().unwrap();
            assert_eq!((problem.severity, problem.section.as_str()), (Severity::Warning, "2"), "{odd}");
        }
        for bad in ["", "seller.example", "ftp://seller.example/", "https://user:pw@seller.example/"] {
            assert!(judged(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pages_are_opened_only_where_the_seller_is() {
        let address = "https://seller.example/p";
        assert!(may_open("https://seller.example:8443/app/1", address));
        assert!(may_open("http://127.0.0.1:9000/app/1", address));
        assert!(!may_open("https://elsewhere.example/app/1", address));
        assert!(!may_open("javascript:alert(1)", address));
    }
}

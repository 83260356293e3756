//! Which addresses the marketplace may call (seller interface D-03).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far calls may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Production: HTTPS, a domain name, public addresses only.
    #[default]
    Public,
    /// The operator trusts the network: private addresses too, HTTPS still.
    TrustedNetwork,
    /// Development: plain HTTP and this machine too.
    Development,
}

impl Reach {
    /// Reads a configuration value.
    pub fn from_code(code: &str) -> Option<Reach> {
        match code {
            "public" => Some(Reach::Public),
            "trusted-network" => Some(Reach::TrustedNetwork),
            "development" => Some(Reach::Development),
            _ => None,
        }
    }

    /// Whether a connection to `ip` is allowed. Asked at connection time, after name resolution.
    pub fn allows(self, ip: IpAddr) -> bool {
        match self {
            Reach::Public => is_public(ip),
            Reach::TrustedNetwork => !is_this_machine(ip) && !is_link_local(ip) && !ip.is_multicast(),
            Reach::Development => !is_link_local(ip) && !ip.is_multicast(),
        }
    }

    /// Checks an address as a seller entered it; the text says what is wrong.
    pub fn check_url(self, text: &str) -> Result<url::Url, &'static str> {
        let url = url::Url::parse(text).map_err(|_| "not an address")?;
        match (url.scheme(), self) {
            ("https", _) | ("http", Reach::Development) => {}
            ("http", _) => return Err("must begin with https://"),
            _ => return Err("must begin with https://"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password");
        }
        if url.fragment().is_some() {
            return Err("must not contain a fragment");
        }
        match url.host() {
            None => Err("has no host"),
            Some(url::Host::Domain(_)) => Ok(url),
            Some(url::Host::Ipv4(ip)) => self.literal(IpAddr::V4(ip)).map(|()| url),
            Some(url::Host::Ipv6(ip)) => self.literal(IpAddr::V6(ip)).map(|()| url),
        }
    }

    fn literal(self, ip: IpAddr) -> Result<(), &'static str> {
        match self {
            Reach::Public => Err("must be a domain name, not an IP address"),
            _ if self.allows(ip) => Ok(()),
            _ => Err("this address may not be called"),
        }
    }
}

fn v4_of(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().or_else(|| nat64(v6)),
    }
}

/// 64:ff9b::/96 and 2002::/16 carry an IPv4 address inside.
fn nat64(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let join = |a: u16, b: u16| {
        let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        Some(join(s[6], s[7]))
    } else if s[0] == 0x2002 {
        Some(join(s[1], s[2]))
    } else {
        None
    }
}

fn is_this_machine(ip: IpAddr) -> bool {
    v4_of(ip).map_or(ip.is_loopback() || ip.is_unspecified(), |v4| v4.is_loopback() || v4.is_unspecified())
}

fn is_link_local(ip: IpAddr) -> bool {
    match (v4_of(ip), ip) {
        (Some(v4), _) => v4.is_link_local(),
        (None, IpAddr::V6(v6)) => (v6.segments()[0] & 0xffc0) == 0xfe80,
        (None, IpAddr::V4(_)) => false,
    }
}

fn is_public(ip: IpAddr) -> bool {
    if let Some(v4) = v4_of(ip) {
        let [a, b, c, _] = v4.octets();
        let reserved = a == 0
            || a >= 240
            || (a == 100 && (64..128).contains(&b))
            || (a == 192 && b == 0 && (c == 0 || c == 2))
            || (a == 192 && b == 88 && c == 99)
            || (a == 198 && (b == 18 || b == 19))
            || (a == 198 && b == 51 && c == 100)
            || (a == 203 && b == 0 && c == 113);
        return !(reserved || v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast());
    }
    let IpAddr::V6(v6) = ip else { return false };
    let s = v6.segments();
    // Global unicast is 2000::/3; documentation, Teredo and benchmarking ranges inside it are not.
    let global = (s[0] & 0xe000) == 0x2000;
    let special = (s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8)) || s[0] == 0x3fff;
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise() {
        for text in [
            "10.0.0.1",
            "127.0.0.1",
            "0.0.0.0",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
            "::127.0.0.1",
        ] {
            assert!(!Reach::Public.allows(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "93.184.215.14", "2606:4700::1111"] {
            assert!(Reach::Public.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_trusted_network_is_not_this_machine() {
        assert!(Reach::TrustedNetwork.allows("10.0.0.1".parse().unwrap()));
        for text in ["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"] {
            assert!(!Reach::TrustedNetwork.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn entered_addresses() {
        let fault = |text| Reach::Public.check_url(text).err();
        assert_eq!(fault("https://seller.example.com/saas"), None);
        for text in [
            "http://seller.example.com/",
            "https://10.0.0.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]/",
            "https://user:pw@seller.example.com/",
            "ftp://seller.example.com/",
            "nonsense",
            "https://seller.example.com/#x",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
        assert!(Reach::Development.check_url("http://127.0.0.1:9000/saas").is_ok());
    }
}

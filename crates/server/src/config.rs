//! Settings from the annotated default file, a file of the operator's, and the environment.

use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The annotated defaults; also the documentation.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub data: Data,
    pub secrets: Secrets,
    pub market: Market,
    pub operators: Operators,
    pub sellers: Sellers,
    pub mail: Mail,
    pub worker: Worker,
    pub log: Log,
    pub telemetry: Telemetry,
}

/// `[server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Server {
    pub listen: String,
    pub base_url: String,
    pub tls_certificate: String,
    pub tls_key: String,
    pub behind_proxy: bool,
    pub metrics_token: Secret,
}

/// `[database]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Database {
    pub url: Secret,
}

/// `[data]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Data {
    pub folder: PathBuf,
}

/// `[secrets]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Secrets {
    pub key: Secret,
}

/// `[market]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Market {
    pub name: String,
    pub open_registration: bool,
    pub bank_account: String,
    pub contact: String,
}

/// `[operators]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Operators {
    pub four_eyes: bool,
}

/// `[sellers]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Sellers {
    pub reach: String,
}

/// `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Mail {
    pub url: Secret,
    pub from: String,
}

/// `[worker]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Worker {
    pub enabled: bool,
    pub node: String,
}

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Log {
    pub format: String,
    pub filter: String,
}

/// `[telemetry]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Telemetry {
    pub otlp_endpoint: String,
}

/// A text that is never shown in logs.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "***" })
    }
}

impl Config {
    /// Reads defaults, then `file`, then the environment, and checks the whole.
    pub fn load(file: Option<&Path>) -> Result<Config, String> {
        use ::config::{Config as Layers, Environment, File, FileFormat};
        let mut layers = Layers::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        // Only what names a section and a setting: YUNFANG_PASSWORD and YUNFANG_CONFIG are no settings.
        let settings = std::env::vars().filter(|(name, _)| name.starts_with("YUNFANG_") && name.contains("__"));
        let environment = Environment::with_prefix("YUNFANG").prefix_separator("_").separator("__");
        layers = layers.add_source(environment.source(Some(settings.collect())));
        let mut config: Config =
            layers.build().and_then(Layers::try_deserialize).map_err(|e| format!("configuration: {e}"))?;
        if let Ok(url) = std::env::var("DATABASE_URL")
            && !url.is_empty()
        {
            config.database.url = Secret(url);
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let s = &self.server;
        s.listen.parse::<std::net::SocketAddr>().map_err(|e| format!("server.listen: {e}"))?;
        if s.tls_certificate.is_empty() != s.tls_key.is_empty() {
            return Err("server.tls_certificate and server.tls_key go together".into());
        }
        if !s.base_url.is_empty() && !s.base_url.starts_with("http://") && !s.base_url.starts_with("https://") {
            return Err("server.base_url must begin with http:// or https://".into());
        }
        let url = &self.database.url.0;
        // PostgreSQL is also named by words: `host=/run/postgresql dbname=market`.
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|p| url.starts_with(p));
        if !known && !url.contains("host=") {
            return Err("database.url must begin with sqlite: or postgres://".into());
        }
        for (name, file) in [("server.tls_certificate", &s.tls_certificate), ("server.tls_key", &s.tls_key)] {
            if !file.is_empty() {
                std::fs::File::open(file).map_err(|e| format!("{name}: {file}: {e}"))?;
            }
        }
        gateways::mail::Mailer::open(&self.mail.url.0, &self.mail.from)?;
        let listens_here = s.listen.parse::<std::net::SocketAddr>().is_ok_and(|a| a.ip().is_loopback());
        if s.base_url.is_empty() && (s.behind_proxy || !listens_here) {
            // Links in mails, secure cookies and HTTPS-only depend on it: guessing it would be unsafe.
            return Err("server.base_url must be set with server.behind_proxy or when others can connect: \
                        it is the address that people use, such as https://market.example"
                .into());
        }
        gateways::address::Reach::from_code(&self.sellers.reach)
            .ok_or("sellers.reach must be public, trusted-network or development")?;
        if !self.secrets.key.0.is_empty() && hex::decode(&self.secrets.key.0).map_or(0, |k| k.len()) != 32 {
            return Err("secrets.key must be 64 hexadecimal digits".into());
        }
        if !matches!(self.log.format.as_str(), "text" | "json") {
            return Err("log.format must be text or json".into());
        }
        Ok(())
    }

    /// Path of the embedded database; `None` for a database server.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let path = self.database.url.0.strip_prefix("sqlite:")?;
        Some(PathBuf::from(path.trim_start_matches("//").split('?').next().unwrap_or("")))
            .filter(|p| p != Path::new(":memory:"))
    }

    /// What is odd or missing without being wrong, one plain sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let mut list = Vec::new();
        let mut say = |when: bool, text: &str| {
            if when {
                list.push(text.to_owned());
            }
        };
        say(
            self.mail.url.0.is_empty(),
            "mail.url is empty: mails reach nobody, links for forgotten passwords and invitations included \
             (`admin reset-link EMAIL` makes a link)",
        );
        say(self.market.bank_account.is_empty(), "market.bank_account is empty: buyers are not told where to pay to");
        say(self.market.contact.is_empty(), "market.contact is empty: people are not told how to reach you");
        say(
            self.server.base_url.is_empty(),
            "server.base_url is empty: links in mails lead to the listen address, which others may not reach",
        );
        say(
            self.base_url().starts_with("http://") && !self.server.listen.starts_with("127."),
            "server.base_url is not https: passwords travel in the clear",
        );
        say(self.sellers.reach == "development", "sellers.reach is development: calls may reach this machine");
        list
    }

    /// Address under which people reach the market, without a slash at the end.
    pub fn base_url(&self) -> String {
        if !self.server.base_url.is_empty() {
            return self.server.base_url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.server.tls_key.is_empty() { "http" } else { "https" };
        format!("{scheme}://{}", self.server.listen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_secrets_do_not_show() {
        let config = Config::load(None).unwrap();
        assert_eq!(config.base_url(), "http://127.0.0.1:8080");
        let secret = Config { secrets: Secrets { key: Secret("ab".repeat(32)) }, ..config };
        assert!(!format!("{secret:?}").contains("abab"));
    }

    #[test]
    fn settings_that_would_fail_at_start_are_named() {
        let with = |change: fn(&mut Config)| {
            let mut config = Config::load(None).unwrap();
            change(&mut config);
            config.check().unwrap_err()
        };
        assert!(with(|c| c.database.url = Secret("mysql://x".into())).starts_with("database.url"));
        assert!(with(|c| c.mail.url = Secret("ftp://x".into())).starts_with("mail.url"));
        let missing = |c: &mut Config| (c.server.tls_key, c.server.tls_certificate) = ("/no/k".into(), "/no/c".into());
        assert!(with(missing).starts_with("server.tls_certificate: /no/c: "));
    }

    #[test]
    fn what_is_missing_without_being_wrong_is_said() {
        let mut config = Config::load(None).unwrap();
        let about = |config: &Config, name: &str| config.remarks().iter().any(|r| r.starts_with(name));
        assert!(about(&config, "mail.url") && about(&config, "market.contact"));
        config.mail.url = Secret("smtp://mail.example".into());
        assert!(!about(&config, "mail.url"));
    }

    #[test]
    fn where_others_can_connect_the_address_must_be_known() {
        let with = |listen: &str, base_url: &str, behind_proxy| {
            let mut config = Config::load(None).unwrap();
            config.server.listen = listen.into();
            config.server.base_url = base_url.into();
            config.server.behind_proxy = behind_proxy;
            config.check()
        };
        assert_eq!(with("127.0.0.1:80", "", false), Ok(()));
        assert!(with("0.0.0.0:80", "", false).unwrap_err().contains("base_url"));
        assert!(with("127.0.0.1:80", "", true).unwrap_err().contains("base_url"));
        assert_eq!(with("0.0.0.0:80", "https://m.example", true), Ok(()));
        assert_eq!(with("[::1]:80", "", false), Ok(()));
    }

    #[test]
    fn a_file_with_an_unknown_setting_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\nlistne = 3\n").unwrap();
        assert!(Config::load(Some(&file)).unwrap_err().contains("listne"));
        std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:9\"\n").unwrap();
        assert_eq!(Config::load(Some(&file)).unwrap().server.listen, "127.0.0.1:9");
    }
}

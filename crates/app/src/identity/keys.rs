//! Access keys of sellers.

use crate::actor::Actor;
use crate::error::AppError;
use crate::{App, secrets};
use domain::access::Right;
use domain::id::AccessKeyId;
use serde_json::json;
use store::identity::AccessKey;

impl App {
    /// Access keys of one's organisation, without their values.
    pub async fn access_keys(&self, actor: &Actor) -> Result<Vec<AccessKey>, AppError> {
        let id = actor.seller_may_look(Right::KeyManage)?.organisation_id.clone();
        self.look(move |tx| Ok(store::identity::access_keys(tx, &id)?)).await
    }

    /// Adds an access key for the basic interfaces (seller interface D-01: a UUID). The first one is
    /// signed with at once; a further one only when the seller says that his servers know it.
    pub async fn add_access_key(&self, actor: &Actor) -> Result<String, AppError> {
        let id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key = secrets::access_key();
        self.store_access_key(actor, &id, &key, false).await?;
        Ok(key)
    }

    /// Signs every request with this key from now on; the others are still accepted in answers.
    pub async fn sign_with_access_key(&self, actor: &Actor, key_id: &str) -> Result<(), AppError> {
        let organisation_id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key_id = key_id.to_owned();
        self.act(actor, move |work| {
            store::identity::sign_with_access_key(work.tx, &organisation_id, &key_id, work.real_now)
                .map_err(|_| AppError::NotFound)?;
            work.audit(&organisation_id, "key.signing", "key", &key_id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Stores a given access key: for the demo and for markets that move here.
    pub async fn import_access_key(&self, actor: &Actor, organisation_id: &str, key: &str) -> Result<(), AppError> {
        self.store_access_key(actor, organisation_id, key, true).await
    }

    async fn store_access_key(
        &self,
        actor: &Actor,
        organisation_id: &str,
        key: &str,
        installed: bool,
    ) -> Result<(), AppError> {
        let cipher = self.inner.secrets.seal(key).map_err(AppError::Internal)?;
        let organisation_id = organisation_id.to_owned();
        self.act(actor, move |work| {
            let id = AccessKeyId::new(work.seed()).to_string();
            let keys = store::identity::access_keys(work.tx, &organisation_id)?;
            let signs = installed || !keys.iter().any(|k| k.enabled);
            let key = AccessKey {
                id: id.clone(),
                organisation_id: organisation_id.clone(),
                interface_type: "basic".into(),
                cipher: cipher.clone(),
                enabled: true,
                created_at: work.real_now,
                last_used_at: None,
                signing_since: signs.then_some(work.real_now),
            };
            store::identity::insert_access_key(work.tx, &key)?;
            work.audit(&organisation_id, "key.added", "key", &id, &json!({}));
            Ok(())
        })
        .await
    }

    /// Shows the value of a key; audited.
    pub async fn reveal_access_key(&self, actor: &Actor, key_id: &str) -> Result<String, AppError> {
        let organisation_id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key_id = key_id.to_owned();
        let cipher = self
            .act(actor, move |work| {
                let keys = store::identity::access_keys(work.tx, &organisation_id)?;
                let key = keys.into_iter().find(|k| k.id == key_id).ok_or(AppError::NotFound)?;
                work.audit(&organisation_id, "key.revealed", "key", &key_id, &json!({}));
                Ok(key.cipher)
            })
            .await?;
        self.inner.secrets.open(&cipher).map_err(AppError::Internal)
    }

    /// Switches a key on or off.
    pub async fn enable_access_key(&self, actor: &Actor, key_id: &str, enabled: bool) -> Result<(), AppError> {
        let organisation_id = actor.seller_may(Right::KeyManage)?.organisation_id.clone();
        let key_id = key_id.to_owned();
        self.act(actor, move |work| {
            store::identity::enable_access_key(work.tx, &organisation_id, &key_id, enabled)
                .map_err(|_| AppError::NotFound)?;
            work.audit(&organisation_id, "key.switched", "key", &key_id, &json!({"enabled": enabled}));
            Ok(())
        })
        .await
    }
}

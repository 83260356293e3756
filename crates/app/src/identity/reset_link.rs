//! A link to choose a new password, made by whoever runs the installation.

use super::*;
use crate::actor::Actor;
use crate::error::AppError;
use crate::{App, secrets};
use domain::identity::normal_email;
use domain::time::MINUTE;
use serde_json::json;

impl App {
    /// Makes a link to choose a new password, for markets that send no mail. Only for the command
    /// line; audited. Returns the link and the minutes for which it is good.
    pub async fn make_reset_link(&self, actor: &Actor, email: &str) -> Result<(String, i64), AppError> {
        if !matches!(actor, Actor::System(_)) {
            return Err(AppError::Forbidden("command line only"));
        }
        let email = normal_email(email).ok_or_else(|| AppError::field("email", "email-form"))?;
        let base = self.options().base_url.clone();
        self.act(actor, move |work| {
            let user = store::identity::user_by_email(work.tx, &email)?.ok_or(AppError::NotFound)?;
            if user.disabled {
                return Err(AppError::Refused("user-disabled"));
            }
            let token = secrets::token();
            let minutes = work.settings.reset_minutes;
            let until = work.real_now.plus(minutes * MINUTE);
            store::identity::insert_reset(work.tx, &secrets::token_hash(&token), &user.id, work.real_now, until)?;
            work.audit(&chain_of(&user), "password.link-made", "user", &user.id, &json!({}));
            Ok((format!("{base}/reset?token={token}"), minutes))
        })
        .await
    }
}

//! Creating forms act once. Every form carries a key that was made when its page was made; a
//! repetition (double click, reload-and-resend, back button) leads to what the first one made.

use crate::form::Form;
use crate::page::Page;
use crate::visit::FlashKind;
use app::AppError;
use app::work::{ANSWER_PENDING, Once, Show};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// Hidden field with the key of a form.
pub const FORM_KEY: &str = "form_key";

/// How often a repetition that met the first one in flight looks for its end.
const LOOKS: usize = 40;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What came of a creating form.
pub enum Made<T> {
    /// It acted now.
    Now(T),
    /// It had acted before; this leads to what it made.
    Before(Response),
}

/// Who may act at most once with this form: the form as it was sent is part of the key, so that
/// one which was changed before it was sent again is another wish. `None` without a key.
fn once_of(page: &Page, form: &Form) -> Option<Once> {
    let user = page.actor().user_id()?;
    let key = form.get(FORM_KEY).filter(|k| !k.is_empty())?;
    let mut sent = format!("{}\n{key}\n", page.path());
    for (name, value) in form.pairs() {
        // Lengths keep two different forms from giving the same text.
        sent.push_str(&format!("{}:{name}={}:{value}\n", name.len(), value.len()));
    }
    let key = format!("form:{}", app::secrets::sha256_hex(sent.as_bytes()));
    Some(Once { actor: user.to_owned(), key, request_hash: String::new() })
}

impl Page {
    /// Runs what a creating form asks for, once. `target` says where people find what was made, for
    /// a repetition; `elsewhere` is where to look when the first one's end is not known.
    pub async fn once<T: 'static>(
        &self,
        form: &Form,
        elsewhere: &str,
        call: impl Future<Output = Result<T, AppError>>,
        target: impl Fn(&T) -> String + Clone + Send + Sync + 'static,
    ) -> Result<Made<T>, AppError> {
        let Some(once) = once_of(self, form) else {
            return call.await.map(Made::Now);
        };
        let status = i64::from(StatusCode::SEE_OTHER.as_u16());
        let place = target.clone();
        let show: Show = Arc::new(move |value| value.downcast_ref::<T>().map(|made| (status, place(made))));
        match self.app().once_shown(once.clone(), Some(show), call).await {
            Ok((made, Some(_))) => Ok(Made::Now(made)),
            Ok((made, None)) => {
                if let Err(error) = self.app().answer_once(&once, status, target(&made)).await {
                    tracing::error!(%error, "where a form led was not kept");
                }
                Ok(Made::Now(made))
            }
            Err(AppError::Replayed(found)) => {
                let mut answer = Some(found);
                for _ in 0..LOOKS {
                    if answer.as_ref().is_none_or(|a| a.status != ANSWER_PENDING) {
                        break;
                    }
                    tokio::time::sleep(PAUSE).await;
                    answer = self.app().remembered(&once).await?;
                }
                let known = answer.filter(|a| a.status != ANSWER_PENDING).map(|a| a.response);
                let to = known.unwrap_or_else(|| elsewhere.to_owned());
                Ok(Made::Before(self.redirect_with(FlashKind::Info, self.t("form-sent-before"), to)))
            }
            Err(error) => Err(error),
        }
    }
}

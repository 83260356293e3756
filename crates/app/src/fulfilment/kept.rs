//! What is kept of a seller's answer: never a buyer's password, and never without end.

/// Largest part of an answer that is kept.
const KEPT_BODY: usize = 64 * 1024;

/// The part of an answer that is kept: passwords of buyers are masked, because records are not
/// encrypted; at most 64 KiB; no NUL, which a text column of PostgreSQL cannot hold.
pub(crate) fn kept_body(body: &[u8]) -> String {
    let mut parsed = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    let text = if mask_passwords(&mut parsed) {
        parsed.to_string()
    } else if parsed.is_null() {
        // Not JSON, at least not quite, as the first answers of a new seller are: by pattern.
        masked_by_pattern(&String::from_utf8_lossy(&body[..body.len().min(2 * KEPT_BODY)]))
    } else {
        String::from_utf8_lossy(&body[..body.len().min(KEPT_BODY)]).into_owned()
    };
    text.chars().take(KEPT_BODY).collect::<String>().replace('\0', "\u{fffd}")
}

/// The text with every value that follows the word `password` replaced: in quotes of either kind, or
/// bare up to the next separator.
fn masked_by_pattern(text: &str) -> String {
    const WORD: &str = "password";
    let lower = text.to_ascii_lowercase();
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    while let Some(at) = lower[from..].find(WORD) {
        let name_end = from + at + WORD.len();
        let rest = &text[name_end..];
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || "\"'\\:=>".contains(c));
        // Quotes may themselves be escaped, where JSON stands in a text of JSON.
        let opening = &rest[..rest.len() - value.len()];
        let separated = opening.contains([':', '=', '>']);
        let after_separator = opening.rsplit([':', '=', '>']).next().unwrap_or_default();
        let length = if separated { value_length(value, after_separator) } else { 0 };
        kept.push_str(&text[from..name_end]);
        kept.push_str(opening);
        if length > 0 {
            kept.push_str("***");
        }
        from = name_end + opening.len() + length;
    }
    kept.push_str(&text[from..]);
    kept
}

/// How long a value is that begins after `opening`: up to its closing quote, where it has one.
fn value_length(value: &str, opening: &str) -> usize {
    let end = match opening.chars().next_back() {
        Some(quote @ ('"' | '\'')) => {
            let mut escaped = opening.ends_with("\\\"");
            let nested = escaped;
            let closes = |c: char| {
                let ends = c == quote && (nested || !escaped);
                escaped = c == '\\' && !escaped;
                ends
            };
            value.find(closes)
        }
        _ => value.find(|c: char| c.is_whitespace() || ",;&<}]\"'".contains(c)),
    };
    end.unwrap_or(value.len())
}

fn mask_passwords(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(members) => members.iter_mut().fold(false, |found, (name, member)| {
            if name.eq_ignore_ascii_case("password") && !member.is_null() {
                *member = "***".into();
                return true;
            }
            mask_passwords(member) || found
        }),
        serde_json::Value::Array(items) => items.iter_mut().map(mask_passwords).filter(|masked| *masked).count() > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_kept_and_everything_else_is() {
        let kept = kept_body(br#"{"resultCode":"000000","info":[{"appInfo":{"password":"geheim","userName":"a"}}]}"#);
        assert!(!kept.contains("geheim") && kept.contains(r#""userName":"a""#), "{kept}");
        for broken in [
            r#"{"info":[{"appInfo":{"password":"geheim","userName":"a"}}]}x"#,
            "\u{feff}{\"password\" : \"geheim\",}",
            r#"{"password":"ge\"heim",}"#,
            r#"{'Password': 'geheim',}"#,
            r#"{"text":"{\"password\":\"geheim\"}",}"#,
            "userName=a&initialPassword=geheim&x=1",
            "<password>geheim</password>",
            r#"{"password":"geheim"#,
        ] {
            let kept = kept_body(broken.as_bytes());
            assert!(!kept.contains("heim") && kept.contains("***"), "{kept}");
        }
        assert_eq!(kept_body(b"password reset <b>not</b> here"), "password reset <b>not</b> here");
        assert_eq!(kept_body(b"<html>\0</html>"), "<html>\u{fffd}</html>");
        assert_eq!(kept_body(br#"{ "resultCode" : "000005" }"#), r#"{ "resultCode" : "000005" }"#, "unchanged");
        assert_eq!(kept_body(&vec![b'x'; 100_000]).len(), KEPT_BODY);
    }
}

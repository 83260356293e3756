//! The page that stands for the running service of a buyer.

use crate::book::{Instance, State};

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Zh,
    En,
}

impl Language {
    /// `lang` of the query string, else the first language that the browser asks for, else Chinese.
    pub(crate) fn choose(query: Option<&str>, accept_language: Option<&str>) -> Self {
        let wanted = query.or(accept_language).unwrap_or_default();
        if wanted.trim_start().to_ascii_lowercase().starts_with("en") { Self::En } else { Self::Zh }
    }

    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// The page of an instance, or of an ID that nobody has.
pub(crate) fn render(instance: Option<&Instance>, language: Language) -> String {
    let l = language;
    let title = l.pick("示例软件服务", "Sample software service");
    let content = match instance {
        None => format!("<p role=\"alert\">{}</p>", l.pick("没有这个实例。", "There is no such instance.")),
        Some(instance) => describe(instance, l),
    };
    let (lang, other, other_name) = match l {
        Language::Zh => ("zh-CN", "en", "English"),
        Language::En => ("en", "zh", "中文"),
    };
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>body{{font:16px/1.6 system-ui,sans-serif;max-width:40rem;\
         margin:3rem auto;padding:0 1rem}}dt{{font-weight:600}}dd{{margin:0 0 .8rem;\
         overflow-wrap:anywhere}}</style></head><body><main><h1>{title}</h1>{content}\
         <p><a href=\"?lang={other}\">{other_name}</a></p></main></body></html>"
    )
}

fn describe(instance: &Instance, l: Language) -> String {
    let (state, sentence) = match instance.state {
        State::Opening => {
            (l.pick("开通中", "Opening"), l.pick("服务正在开通，请稍候。", "Your service is being opened."))
        }
        State::Running => (l.pick("运行中", "Running"), l.pick("服务运行正常。", "Your service is running.")),
        State::Frozen => (
            l.pick("已冻结", "Frozen"),
            l.pick("服务已冻结，数据仍然保留。", "Your service is frozen; your data are kept."),
        ),
        State::Released => (l.pick("已释放", "Released"), l.pick("服务已释放。", "Your service was released.")),
    };
    let unknown = l.pick("未提供", "not given");
    let plan = instance.plan.as_deref().or(instance.product_id.as_deref());
    let rows = [
        (l.pick("实例 ID", "Instance ID"), instance.instance_id.as_str()),
        (l.pick("套餐", "Plan"), plan.unwrap_or(unknown)),
        (l.pick("状态", "State"), state),
        (l.pick("到期时间（UTC）", "Expires (UTC)"), instance.expire_time.as_deref().unwrap_or(unknown)),
    ];
    let list: String = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value))).collect();
    format!("<p>{sentence}</p><dl>{list}</dl>")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_are_escaped() {
        let instance = Instance {
            instance_id: "<script>'\"&".into(),
            order_id: "o".into(),
            order_line_id: "l".into(),
            plan: Some("<b>".into()),
            product_id: None,
            state: State::Frozen,
            polls: 0,
            expire_time: None,
            password: "secret".into(),
            applied_lines: vec![],
        };
        let page = render(Some(&instance), Language::En);
        assert!(page.contains("&lt;script&gt;&#39;&quot;&amp;") && page.contains("&lt;b&gt;"));
        assert!(!page.contains("<script>") && !page.contains("secret"));
        assert!(page.contains("Frozen"));
        assert!(render(Some(&instance), Language::Zh).contains("已冻结"));
    }

    #[test]
    fn language_follows_the_query_then_the_browser() {
        for (query, browser, expected) in [
            (None, None, Language::Zh),
            (None, Some("en-GB,zh;q=0.5"), Language::En),
            (Some("zh"), Some("en"), Language::Zh),
            (Some("en"), Some("zh-CN"), Language::En),
        ] {
            assert_eq!(Language::choose(query, browser), expected);
        }
    }
}

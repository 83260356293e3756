//! What a successful answer could do better: nothing here fails a call.

use std::collections::BTreeSet;

use super::Language;
use crate::answer::{Answer, AppInfo, InstanceInfo, is_web_link};
use crate::times;

/// What was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemarkKind {
    /// An element of `info` is for an instance that was not asked for; it is ignored.
    NotAskedFor,
    /// Two elements of `info` are for one instance; the first one counts.
    Twice,
    /// An instance that was asked for has no element in `info`.
    NoElement,
    /// An element has no `appInfo`, so that the buyer sees the instance ID only.
    NoAppInfo,
    /// `adminUrl` or `dashboardUrl` is no http(s) address and is not offered as a link.
    NoLink,
    /// `statisticalTime` is not 17 digits in UTC.
    StatisticalTime,
    /// `usageValue` has more than four decimals or more than twelve digits.
    UsagePrecision,
}

/// One remark on one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What was noticed.
    pub kind: RemarkKind,
    /// The instance that it concerns.
    pub instance_id: String,
}

impl Remark {
    /// The remark in plain words.
    pub fn text(&self, language: Language) -> String {
        let (zh, en) = match self.kind {
            RemarkKind::NotAskedFor => ("返回了未查询的实例，已忽略", "was not asked for and is ignored"),
            RemarkKind::Twice => {
                ("在 info 中出现多次，以第一个为准", "occurs more than once in info; the first one counts")
            }
            RemarkKind::NoElement => ("在 info 中没有对应元素", "has no element in info"),
            RemarkKind::NoAppInfo => {
                ("没有 appInfo，买家只能看到实例 ID", "has no appInfo; the buyer sees only its ID")
            }
            RemarkKind::NoLink => (
                "的 adminUrl 或 dashboardUrl 不是 http(s) 地址，不会显示为链接",
                "has an adminUrl or dashboardUrl that is not http(s) and not shown as a link",
            ),
            RemarkKind::StatisticalTime => (
                "的 statisticalTime 不是 UTC 的 yyyyMMddHHmmssSSS",
                "has a statisticalTime that is not yyyyMMddHHmmssSSS in UTC",
            ),
            RemarkKind::UsagePrecision => ("的 usageValue 超出 Double(12,4)", "has a usageValue beyond Double(12,4)"),
        };
        match language {
            Language::Zh => format!("实例 {} {zh}。", self.instance_id),
            Language::En => format!("Instance {} {en}.", self.instance_id),
        }
    }
}

/// Remarks on an answer; `asked` are the instances of the request.
pub fn remarks(asked: &[String], answer: &Answer) -> Vec<Remark> {
    let mut found = Vec::new();
    match answer {
        Answer::Created(created) => {
            let is_bad = |app: &AppInfo| app.admin_url.as_deref().is_some_and(|url| !is_web_link(url));
            if created.app_info.as_ref().is_some_and(is_bad) {
                found.push(Remark { kind: RemarkKind::NoLink, instance_id: created.instance_id.clone() });
            }
        }
        Answer::Instances(info) => {
            let mut seen = BTreeSet::new();
            for element in info {
                element_remarks(asked, element, !seen.insert(element.instance_id.as_str()), &mut found);
            }
            let absent = asked.iter().filter(|id| !seen.contains(id.as_str()));
            found.extend(absent.map(|id| Remark { kind: RemarkKind::NoElement, instance_id: id.clone() }));
        }
        Answer::Licence(_) | Answer::Done => {}
    }
    found
}

fn element_remarks(asked: &[String], element: &InstanceInfo, again: bool, found: &mut Vec<Remark>) {
    let mut add = |kind| found.push(Remark { kind, instance_id: element.instance_id.clone() });
    if !asked.contains(&element.instance_id) {
        add(RemarkKind::NotAskedFor);
        return;
    }
    if again {
        add(RemarkKind::Twice);
        return;
    }
    if element.app_info.is_none() {
        add(RemarkKind::NoAppInfo);
    }
    let admin = element.app_info.as_ref().and_then(|app| app.admin_url.as_deref());
    let dashboards = element.usage_info.iter().filter_map(|usage| usage.dashboard_url.as_deref());
    if admin.into_iter().chain(dashboards).any(|url| !is_web_link(url)) {
        add(RemarkKind::NoLink);
    }
    for usage in &element.usage_info {
        if times::parse_time_stamp(&usage.statistical_time).is_none() {
            add(RemarkKind::StatisticalTime);
        }
        let (whole, decimals) = usage.usage_value.split_once('.').unwrap_or((&usage.usage_value, ""));
        if decimals.trim_end_matches('0').len() > 4 || whole.trim_start_matches('0').len() > 12 {
            add(RemarkKind::UsagePrecision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::UsageInfo;

    fn element(id: &str) -> InstanceInfo {
        let app = AppInfo {
            front_end_url: "https://s.example".to_owned(),
            admin_url: None,
            user_name: None,
            password: None,
            memo: None,
            encrypt_type: None,
        };
        InstanceInfo { instance_id: id.to_owned(), app_info: Some(app), usage_info: Vec::new() }
    }

    fn kinds(asked: &[&str], info: Vec<InstanceInfo>) -> Vec<RemarkKind> {
        let asked: Vec<String> = asked.iter().map(|id| (*id).to_owned()).collect();
        remarks(&asked, &Answer::Instances(info)).into_iter().map(|remark| remark.kind).collect()
    }

    #[test]
    fn elements_are_compared_with_the_question() {
        assert_eq!(kinds(&["a"], vec![element("a")]), []);
        assert_eq!(kinds(&["a"], vec![element("b")]), [RemarkKind::NotAskedFor, RemarkKind::NoElement]);
        assert_eq!(kinds(&["a"], vec![element("a"), element("a")]), [RemarkKind::Twice]);
        assert_eq!(kinds(&["a"], vec![InstanceInfo { app_info: None, ..element("a") }]), [RemarkKind::NoAppInfo]);
    }

    #[test]
    fn links_times_and_precision_are_looked_at() {
        let usage = |value: &str, time: &str, url: Option<&str>| UsageInfo {
            related_instance_id: None,
            usage_value: value.to_owned(),
            statistical_time: time.to_owned(),
            dashboard_url: url.map(str::to_owned),
        };
        let with = |usage| kinds(&["a"], vec![InstanceInfo { usage_info: vec![usage], ..element("a") }]);
        let good = "20240530000000000";
        assert_eq!(with(usage("12.5000", good, Some("https://d.example"))), []);
        assert_eq!(with(usage("12.50001", good, None)), [RemarkKind::UsagePrecision]);
        assert_eq!(with(usage("1", "2024", None)), [RemarkKind::StatisticalTime]);
        assert_eq!(with(usage("1", good, Some("javascript:alert(1)"))), [RemarkKind::NoLink]);
        let remark = Remark { kind: RemarkKind::NoLink, instance_id: "a".to_owned() };
        assert!(remark.text(Language::En).contains('a') && remark.text(Language::Zh).contains("链接"));
    }
}

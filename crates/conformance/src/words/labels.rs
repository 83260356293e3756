//! The frame of the reports.

use protocol::verdict::Language;

/// The labels in one language.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    /// Title of the report.
    pub title: &'static str,
    /// Name of the address.
    pub address: &'static str,
    /// Name of the generation.
    pub generation: &'static str,
    /// Name of the way of charging.
    pub mode: &'static str,
    /// Name of the time of the run.
    pub time: &'static str,
    /// Only debugging calls were played.
    pub debugging_only: &'static str,
    /// Outcome: passed.
    pub passed: &'static str,
    /// Outcome: a warning.
    pub warning: &'static str,
    /// Outcome: failed.
    pub failed: &'static str,
    /// Outcome: not played.
    pub not_played: &'static str,
    /// Name of the section.
    pub section: &'static str,
    /// What was found.
    pub found: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// What was sent.
    pub sent: &'static str,
    /// What came.
    pub received: &'static str,
    /// Our canonical string.
    pub ours: &'static str,
    /// The seller's canonical string.
    pub theirs: &'static str,
    /// First byte that differs.
    pub first_byte: &'static str,
    /// The canonical string is not known.
    pub not_known: &'static str,
    /// No answer came.
    pub no_answer: &'static str,
    /// Verdict: all is well.
    pub all_well: &'static str,
    /// Verdict: failures.
    pub has_failures: &'static str,
    /// Name of a group of checks: all of them.
    pub checks: &'static str,
    /// The code of the language for HTML.
    pub html_lang: &'static str,
}

/// The labels in a language.
pub const fn labels(language: Language) -> Labels {
    match language {
        Language::Zh => ZH,
        Language::En => EN,
    }
}

const ZH: Labels = Labels {
    title: "商家生产接口检查报告",
    address: "生产系统接口地址",
    generation: "接口版本",
    mode: "计费模式",
    time: "时间",
    debugging_only: "仅调试请求",
    passed: "通过",
    warning: "警告",
    failed: "失败",
    not_played: "未执行",
    section: "章节",
    found: "发现",
    advice: "处理",
    sent: "发送",
    received: "收到",
    ours: "我方待签名串",
    theirs: "您方待签名串",
    first_byte: "第一个不同的字节（从 0 起）",
    not_known: "未能推断",
    no_answer: "没有收到应答",
    all_well: "没有失败项。",
    has_failures: "有失败项，请按下面的说明处理。",
    checks: "检查项",
    html_lang: "zh-CN",
};

const EN: Labels = Labels {
    title: "Seller interface check",
    address: "Production address",
    generation: "Generation",
    mode: "Charging",
    time: "Time",
    debugging_only: "debugging calls only",
    passed: "passed",
    warning: "warning",
    failed: "FAILED",
    not_played: "not played",
    section: "section",
    found: "Found",
    advice: "What to do",
    sent: "Sent",
    received: "Received",
    ours: "We signed",
    theirs: "You signed",
    first_byte: "First byte that differs (from 0)",
    not_known: "could not be inferred",
    no_answer: "no answer",
    all_well: "No check failed.",
    has_failures: "Some checks failed; each says what to do.",
    checks: "Checks",
    html_lang: "en",
};

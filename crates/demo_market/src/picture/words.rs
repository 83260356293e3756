//! Words of the mock interfaces in both languages.

use crate::types::Language;

const WORDS: [(&str, &str, &str); 62] = [
    ("home", "首页", "Home"),
    ("members", "成员管理", "Members"),
    ("settings", "设置", "Settings"),
    ("search", "搜索", "Search"),
    ("new", "+ 新建", "+ New"),
    ("person0", "苏晓", "Su Xiao"),
    ("person1", "程远", "Cheng Yuan"),
    ("person2", "白露", "Bai Lu"),
    ("person3", "何秋", "He Qiu"),
    ("person4", "安然", "An Ran"),
    ("person5", "陆川", "Lu Chuan"),
    ("trend", "近 12 周趋势", "Last 12 weeks"),
    ("share", "构成占比", "Breakdown"),
    ("ranking", "排行", "Ranking"),
    ("versus", "较上周", "vs last week"),
    ("all", "全部", "All"),
    ("mine", "我负责的", "Mine"),
    ("waiting", "待处理", "Waiting"),
    ("finished", "已完成", "Done"),
    ("running", "进行中", "In progress"),
    ("review", "待复核", "In review"),
    ("late", "已逾期", "Overdue"),
    ("name", "名称", "Name"),
    ("owner", "负责人", "Owner"),
    ("state", "状态", "Status"),
    ("amount", "数值", "Value"),
    ("updated", "更新时间", "Updated"),
    ("filter", "筛选", "Filter"),
    ("export", "导出", "Export"),
    ("today", "今天", "Today"),
    ("month", "2026 年 3 月", "March 2026"),
    ("weekdays", "一二三四五六日", "MTWTFSS"),
    ("live", "实时", "Live"),
    ("healthy", "运行正常", "Healthy"),
    ("warning", "需要关注", "Attention"),
    ("events", "最新动态", "Latest events"),
    ("minutes", "分钟前", "min ago"),
    ("save", "保存", "Save"),
    ("share_button", "分享", "Share"),
    ("outline", "目录", "Outline"),
    ("comments", "评论", "Comments"),
    ("summary", "摘要", "Summary"),
    ("files", "文件", "Files"),
    ("console", "控制台", "Console"),
    ("passed", "全部通过", "All passed"),
    ("conversations", "会话", "Conversations"),
    ("type", "输入消息…", "Write a message…"),
    ("details", "详情", "Details"),
    (
        "hello",
        "您好，请帮我看一下这个进度。",
        "Hello, could you check the progress of this?",
    ),
    (
        "answer",
        "已经找到了，正在为您处理，预计今天完成。",
        "Found it. We are on it and expect to finish today.",
    ),
    ("thanks", "太好了，谢谢！", "Great, thank you!"),
    ("suggest", "建议回复", "Suggested reply"),
    (
        "sources",
        "依据：使用手册第 3 节",
        "Source: user guide, section 3",
    ),
    ("speaking", "正在发言", "Speaking"),
    (
        "captions",
        "我们先看本周进展，再确认下一步。",
        "Let us look at this week first, then agree on next steps.",
    ),
    ("start", "开始", "Start"),
    ("end", "结束", "End"),
    ("approve", "通过", "Approve"),
    ("condition", "是否符合条件？", "Condition met?"),
    ("plan", "计划", "Plan"),
    ("actual", "实际", "Actual"),
    ("open", "查看", "Open"),
];

/// The word for `key`; the empty text for an unknown key (a test forbids it).
pub(super) fn words(key: &str, language: Language) -> &'static str {
    WORDS
        .iter()
        .find(|(name, _, _)| *name == key)
        .map_or("", |(_, zh, en)| match language {
            Language::Zh => zh,
            Language::En => en,
        })
}

//! Screens made of figures: dashboard, live monitor, map.

use super::Scene;
use super::draw::{Area, Canvas, int};
use std::fmt::Write as _;

const GREY: &str = "#6b7280";
const INK: &str = "#111827";
const LINE: &str = "#e5e7eb";

/// Figures that a calm day keeps small.
const SMALL: [&str; 14] = [
    "告警",
    "异常",
    "待",
    "入职",
    "未结",
    "进行中",
    "Alerts",
    "Incidents",
    "approval",
    "Joined",
    "Open",
    "Waiting",
    "Active projects",
    "Awaiting",
];

/// A plausible figure for a metric: a percentage, minutes, money or a count.
pub(super) fn figure(scene: &mut Scene<'_>, index: usize) -> String {
    let metric = scene.metric(index);
    let share = [
        "率",
        "新鲜度",
        "评分",
        "rate",
        "time",
        "Utilisation",
        "score",
        "succeeded",
        "Conversion",
        "Accuracy",
        "complete",
        "success",
        "delivery",
        "Attendance",
        "Satisfaction",
        "Win",
    ];
    let money = ["收入", "余额", "金额", "Revenue", "balance", "Receivables", "value"];
    if ["延迟", "latency"].iter().any(|word| metric.contains(word)) {
        return format!("{} ms", scene.dice.between(8, 96));
    }
    if ["响应", "恢复", "response", "restore"].iter().any(|word| metric.contains(word)) {
        return format!("{} min", scene.dice.between(2, 28));
    }
    if share.iter().any(|word| metric.contains(word)) || metric.contains("满意") || metric.contains("按期") {
        return format!("{}.{}%", scene.dice.between(86, 99), scene.dice.between(0, 9));
    }
    if money.iter().any(|word| metric.contains(word)) {
        return format!(
            "¥{},{:03},{:03}",
            scene.dice.between(1, 8),
            scene.dice.between(10, 990),
            scene.dice.between(0, 999)
        );
    }
    if SMALL.iter().any(|word| metric.contains(word)) {
        return scene.dice.between(2, 24).to_string();
    }
    match index % 3 {
        0 => format!("{},{:03}", scene.dice.between(1, 18), scene.dice.between(0, 999)),
        1 => scene.dice.between(32, 890).to_string(),
        _ => scene.dice.between(4, 96).to_string(),
    }
}

fn figures(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let gap = 12;
    let w = (area.w - 3 * gap) / 4;
    for index in 0..4 {
        let x = area.x + int(index) * (w + gap);
        canvas.card(Area { x, y: area.y, w, h: 82 }, "#ffffff", LINE);
        canvas.text(x + 12, area.y + 22, 11, GREY, scene.metric(index), w - 20);
        let value = figure(scene, index);
        let size = if super::draw::width(&value, 20) > w - 22 { 15 } else { 20 };
        canvas.bold(x + 12, area.y + 49, size, INK, &value, w);
        let rise = scene.dice.between(1, 18);
        let (sign, colour) = if scene.dice.below(4) == 0 { ("▼", "#dc2626") } else { ("▲", "#16a34a") };
        canvas.text(x + 12, area.y + 70, 10, colour, &format!("{sign} {rise}.{}%", scene.dice.between(0, 9)), 60);
        canvas.text(x + 62, area.y + 70, 10, "#9ca3af", scene.word("versus"), w - 66);
    }
}

/// A wandering series of `count` values between 10 and 95.
fn series(scene: &mut Scene<'_>, count: usize, start: i32) -> Vec<i32> {
    let mut value = start;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        value = (value + scene.dice.between(-13, 16)).clamp(12, 94);
        values.push(value);
    }
    values
}

fn curve(area: Area, values: &[i32]) -> String {
    let mut data = String::new();
    let last = int(values.len().saturating_sub(1)).max(1);
    let at = |index: usize, value: i32| (area.x + area.w * int(index) / last, area.y + area.h - area.h * value / 100);
    let mut before = (0, 0);
    for (index, value) in values.iter().enumerate() {
        let (x, y) = at(index, *value);
        if index == 0 {
            let _ = write!(data, "M{x} {y}");
        } else {
            let middle = (before.0 + x) / 2;
            let _ = write!(data, " C{middle} {} {middle} {y} {x} {y}", before.1);
        }
        before = (x, y);
    }
    data
}

fn grid(canvas: &mut Canvas, area: Area, colour: &str) {
    for step in 0..=4 {
        let y = area.y + area.h * step / 4;
        canvas.line((area.x, y), (area.x + area.w, y), colour, 1);
    }
}

/// Dashboard: four figures, a trend, a ring and a ranking.
pub(super) fn chart(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    figures(canvas, scene, area);
    let left = Area { x: area.x, y: area.y + 96, w: area.w * 62 / 100, h: 176 };
    canvas.card(left, "#ffffff", LINE);
    canvas.bold(left.x + 14, left.y + 24, 13, INK, scene.word("trend"), 200);
    let plot = Area { x: left.x + 16, y: left.y + 42, w: left.w - 32, h: left.h - 66 };
    grid(canvas, plot, "#f1f5f9");
    if scene.dice.below(2) == 0 {
        let values = series(scene, 12, 48);
        let line = curve(plot, &values);
        let floor = plot.y + plot.h;
        canvas.faded_path(&format!("{line} L{} {floor} L{} {floor} Z", plot.x + plot.w, plot.x), &palette.base, "0.14");
        canvas.path(&line, "none", &palette.base, 3);
        let other = series(scene, 12, 30);
        canvas.path(&curve(plot, &other), "none", &palette.series[2], 2);
    } else {
        bars(canvas, scene, plot);
    }
    for week in 0..6 {
        let x = plot.x + plot.w * week / 6 + plot.w / 12;
        canvas.text_middle(x, left.y + left.h - 8, 9, "#9ca3af", &format!("W{}", 2 * week + 1), 40);
    }
    let right = Area { x: left.x + left.w + 12, y: left.y, w: area.w - left.w - 12, h: left.h };
    ring(canvas, scene, right);
    ranking(canvas, scene, Area { x: area.x, y: left.y + left.h + 12, w: area.w, h: area.h - left.h - 108 });
}

fn bars(canvas: &mut Canvas, scene: &mut Scene<'_>, plot: Area) {
    let palette = scene.palette.clone();
    let values = series(scene, 12, 46);
    let step = plot.w / 12;
    for (index, value) in values.iter().enumerate() {
        let x = plot.x + step * int(index) + step / 5;
        let h = plot.h * value / 100;
        canvas.rounded(x, plot.y + plot.h - h, step * 3 / 5, h, 3, &palette.series[1]);
        let inner = h * scene.dice.between(40, 75) / 100;
        canvas.rounded(x, plot.y + plot.h - inner, step * 3 / 5, inner, 3, &palette.base);
    }
}

fn ring(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#ffffff", LINE);
    canvas.bold(area.x + 14, area.y + 24, 13, INK, scene.word("share"), area.w - 28);
    let centre = (area.x + 62, area.y + 102);
    let mut from = 0;
    for index in 0..4 {
        let part = if index == 3 { 1000 - from } else { scene.dice.between(170, 320) };
        canvas.arc(centre, 38, from, from + part - 8, &palette.series[index], 16);
        let y = area.y + 66 + 25 * int(index);
        canvas.rounded(area.x + 118, y - 8, 9, 9, 2, &palette.series[index]);
        canvas.text(area.x + 132, y, 10, GREY, scene.item(index), area.w - 140);
        from += part;
    }
    canvas.text_middle(centre.0, centre.1 + 5, 14, INK, "100%", 60);
}

fn ranking(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#ffffff", LINE);
    canvas.bold(area.x + 14, area.y + 23, 13, INK, scene.word("ranking"), 160);
    let rows = ((area.h - 38) / 22).clamp(1, 6);
    let mut value = scene.dice.between(86, 97);
    for row in 0..rows {
        let y = area.y + 38 + 22 * row;
        let index = usize::try_from(row).unwrap_or(0);
        canvas.text(area.x + 14, y + 11, 11, "#374151", scene.item(index), 110);
        canvas.rounded(area.x + 132, y + 2, area.w - 200, 10, 5, "#f1f5f9");
        canvas.rounded(
            area.x + 132,
            y + 2,
            (area.w - 200) * value / 100,
            10,
            5,
            if row == 0 { &palette.base } else { &palette.series[1] },
        );
        canvas.text_end(area.x + area.w - 14, y + 11, 11, GREY, &format!("{}", value * 37));
        value -= scene.dice.between(7, 14);
    }
}

/// Live monitor: dark tiles, sparklines and an event list.
pub(super) fn monitor(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#0f172a", "#0f172a");
    canvas.circle(area.x + 20, area.y + 21, 4, "#34d399");
    canvas.text(area.x + 32, area.y + 25, 12, "#e2e8f0", scene.word("live"), 100);
    canvas.text_end(area.x + area.w - 16, area.y + 25, 11, "#94a3b8", "14:32:08");
    let w = (area.w - 48) / 3;
    for index in 0..6 {
        let tile =
            Area { x: area.x + 12 + (int(index) % 3) * (w + 12), y: area.y + 42 + (int(index) / 3) * 128, w, h: 116 };
        tile_of(canvas, scene, tile, index);
    }
    let list = Area { x: area.x + 12, y: area.y + 300, w: area.w - 24, h: area.h - 312 };
    canvas.card(list, "#1e293b", "#334155");
    canvas.text(list.x + 12, list.y + 21, 11, "#94a3b8", scene.word("events"), 160);
    let rows = ((list.h - 30) / 22).clamp(1, 5);
    for row in 0..rows {
        let y = list.y + 42 + 22 * row;
        let index = usize::try_from(row).unwrap_or(0);
        let colour = ["#34d399", "#fbbf24", "#34d399", palette.series[1].as_str()][index % 4];
        canvas.circle(list.x + 18, y - 4, 4, colour);
        canvas.text(
            list.x + 32,
            y,
            11,
            "#e2e8f0",
            &format!("{} · {}", scene.item(index + 1), scene.function(index)),
            list.w - 130,
        );
        canvas.text_end(list.x + list.w - 12, y, 10, "#94a3b8", &format!("{} {}", 3 + 6 * row, scene.word("minutes")));
    }
}

fn tile_of(canvas: &mut Canvas, scene: &mut Scene<'_>, tile: Area, index: usize) {
    let palette = scene.palette.clone();
    canvas.card(tile, "#1e293b", "#334155");
    canvas.text(tile.x + 12, tile.y + 21, 11, "#cbd5e1", scene.item(index), tile.w - 84);
    let healthy = index != 2;
    let (word, colour) = if healthy { ("healthy", "#34d399") } else { ("warning", "#fbbf24") };
    canvas.text_end(tile.x + tile.w - 12, tile.y + 21, 10, colour, scene.word(word));
    let load = scene.dice.between(18, 78);
    if index % 3 == 1 {
        let centre = (tile.x + tile.w / 2, tile.y + 70);
        canvas.arc(centre, 32, 0, 999, "#334155", 9);
        canvas.arc(centre, 32, 0, load * 10, colour, 9);
        canvas.text_middle(centre.0, centre.1 + 5, 14, "#f8fafc", &format!("{load}%"), 60);
    } else {
        let values = series(scene, 22, load);
        let plot = Area { x: tile.x + 12, y: tile.y + 34, w: tile.w - 24, h: 48 };
        let line = curve(plot, &values);
        let floor = plot.y + plot.h;
        canvas.faded_path(
            &format!("{line} L{} {floor} L{} {floor} Z", plot.x + plot.w, plot.x),
            &palette.series[1],
            "0.25",
        );
        canvas.path(&line, "none", &palette.series[1], 2);
        let value = figure(scene, index);
        canvas.bold(tile.x + 12, tile.y + 104, 13, "#f8fafc", &value, 100);
        let shift = super::draw::width(&value, 13) + 22;
        canvas.text(tile.x + shift, tile.y + 104, 10, "#94a3b8", scene.metric(index), tile.w - shift - 12);
    }
}

/// A map-like overview: blocks, water, a route with stops, and a list.
pub(super) fn map(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#eef2ee", LINE);
    let Area { x, y, w, h } = area;
    ground(canvas, scene, area);
    let stops: Vec<(i32, i32)> =
        (0..5).map(|index| (x + 40 + index * (w - 260) / 4, y + h / 2 + scene.dice.between(-110, 110))).collect();
    let mut route = String::new();
    for (index, (px, py)) in stops.iter().enumerate() {
        let _ = write!(route, "{}{px} {py}", if index == 0 { "M" } else { " L" });
    }
    canvas.path(&route, "none", &palette.base, 5);
    for (index, (px, py)) in stops.iter().enumerate() {
        canvas.faded_circle(*px, *py, 20, &palette.base, "0.2");
        canvas.circle(*px, *py, 11, if index == 3 { "#f59e0b" } else { &palette.base });
        canvas.text_middle(*px, py + 4, 11, "#ffffff", &format!("{}", index + 1), 20);
    }
    stop_list(canvas, scene, Area { x: x + w - 196, y: y + 14, w: 182, h: h - 28 });
}

/// Water, streets and blocks.
fn ground(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let Area { x, y, w, h } = area;
    canvas.faded_path(
        &format!(
            "M{x} {} q{} -40 {} 10 t{} -50 v46 q-{} 60 -{} 30 t-{} 30 z",
            y + h * 7 / 10,
            w / 4,
            w / 2,
            w / 2,
            w / 4,
            w / 2,
            w / 2
        ),
        "#bfdbfe",
        "1",
    );
    for index in 0..5 {
        let road = y + 40 + index * h / 5;
        canvas.line((x + 1, road), (x + w - 1, road - 26 + 12 * index), "#ffffff", if index == 2 { 11 } else { 6 });
        let cross = x + 50 + index * w / 5;
        canvas.line((cross, y + 1), (cross + 34 - 16 * index, y + h - 1), "#ffffff", if index == 1 { 10 } else { 5 });
    }
    for _ in 0..7 {
        let (px, py) = (scene.dice.between(x + 10, x + w - 80), scene.dice.between(y + 10, y + h - 60));
        canvas.rounded(
            px,
            py,
            scene.dice.between(28, 62),
            scene.dice.between(18, 40),
            6,
            ["#d9ead3", "#e2e8f0", "#dbe7d4"][scene.dice.below(3)],
        );
    }
}

fn stop_list(canvas: &mut Canvas, scene: &mut Scene<'_>, panel: Area) {
    let palette = scene.palette.clone();
    canvas.card(panel, "#ffffff", LINE);
    canvas.bold(panel.x + 14, panel.y + 26, 13, INK, scene.function(1), panel.w - 28);
    for index in 0..5 {
        let top = panel.y + 42 + 52 * int(index);
        canvas.line((panel.x + 14, top), (panel.x + panel.w - 14, top), "#f1f5f9", 1);
        canvas.circle(panel.x + 26, top + 22, 10, if index == 3 { "#f59e0b" } else { &palette.base });
        canvas.text_middle(panel.x + 26, top + 26, 10, "#ffffff", &format!("{}", index + 1), 20);
        canvas.text(panel.x + 44, top + 20, 12, INK, scene.item(index), panel.w - 58);
        let word = if index == 3 { "warning" } else { "healthy" };
        canvas.text(
            panel.x + 44,
            top + 36,
            10,
            if index == 3 { "#b45309" } else { "#16a34a" },
            scene.word(word),
            panel.w - 58,
        );
    }
    let value = figure(scene, 1);
    canvas.text(panel.x + 14, panel.y + panel.h - 44, 11, GREY, scene.metric(1), panel.w - 28);
    canvas.bold(panel.x + 14, panel.y + panel.h - 18, 18, &palette.base, &value, panel.w - 28);
}

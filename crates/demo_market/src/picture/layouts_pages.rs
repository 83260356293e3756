//! Screens of contents: table, document, code, cards.

use super::Scene;
use super::draw::{Area, Canvas, int, mixed};

const GREY: &str = "#6b7280";
const INK: &str = "#111827";
const LINE: &str = "#e5e7eb";
pub(super) const PEOPLE: [&str; 6] = ["person0", "person1", "person2", "person3", "person4", "person5"];

fn badge(canvas: &mut Canvas, at: (i32, i32), state: usize, scene: &Scene<'_>) {
    let (word, ground, ink) = [
        ("finished", "#dcfce7", "#166534"),
        ("running", "#dbeafe", "#1e40af"),
        ("review", "#fef3c7", "#92400e"),
        ("late", "#fee2e2", "#991b1b"),
    ][state % 4];
    let width = super::draw::width(scene.word(word), 10) + 18;
    canvas.rounded(at.0, at.1, width, 18, 9, ground);
    canvas.text_middle(at.0 + width / 2, at.1 + 13, 10, ink, scene.word(word), width);
}

fn toolbar(canvas: &mut Canvas, scene: &Scene<'_>, area: Area) {
    let palette = &scene.palette;
    let mut x = area.x;
    for (index, word) in ["all", "mine", "waiting", "finished"].iter().enumerate() {
        let label = scene.word(word);
        let width = super::draw::width(label, 12) + 26;
        canvas.rounded(x, area.y, width, 28, 14, if index == 0 { &palette.base } else { "#f3f4f6" });
        canvas.text_middle(x + width / 2, area.y + 18, 12, if index == 0 { "#ffffff" } else { GREY }, label, width);
        x += width + 8;
    }
    canvas.text_end(
        area.x + area.w - 4,
        area.y + 18,
        12,
        &palette.base,
        &format!("{} · {}", scene.word("filter"), scene.word("export")),
    );
}

/// Tabs, a toolbar and rows with owner, state, value and date.
pub(super) fn table(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    toolbar(canvas, scene, area);
    let body = Area { x: area.x, y: area.y + 42, w: area.w, h: area.h - 42 };
    canvas.card(body, "#ffffff", LINE);
    canvas.top_rounded(body.x + 1, body.y + 1, body.w - 2, 34, 8, "#f8fafc");
    let columns = [16, body.w * 34 / 100, body.w * 53 / 100, body.w * 71 / 100, body.w * 84 / 100];
    for (column, word) in ["name", "owner", "state", "amount", "updated"].iter().enumerate() {
        canvas.text(body.x + columns[column], body.y + 23, 11, GREY, scene.word(word), 100);
    }
    let rows = (body.h - 36) / 40;
    for row in 0..rows {
        table_row(canvas, scene, body, columns, row);
    }
}

fn table_row(canvas: &mut Canvas, scene: &mut Scene<'_>, body: Area, columns: [i32; 5], row: i32) {
    let palette = scene.palette.clone();
    let index = usize::try_from(row).unwrap_or(0);
    let y = body.y + 36 + 40 * row;
    if row > 0 {
        canvas.line((body.x + 1, y), (body.x + body.w - 1, y), "#f1f4f8", 1);
    }
    canvas.rounded(body.x + 16, y + 9, 22, 22, 6, &mixed(&palette.series[index % 4], "#ffffff", 75));
    canvas.rounded(body.x + 22, y + 15, 10, 10, 3, &palette.series[index % 4]);
    canvas.text(body.x + 48, y + 18, 12, INK, scene.item(index), columns[1] - 56);
    canvas.text(body.x + 48, y + 32, 9, "#9ca3af", scene.function(index), columns[1] - 56);
    canvas.circle(body.x + columns[1] + 8, y + 20, 8, &palette.series[(index + 2) % 5]);
    canvas.text(
        body.x + columns[1] + 21,
        y + 24,
        11,
        "#374151",
        scene.word(PEOPLE[index % 6]),
        columns[2] - columns[1] - 24,
    );
    row_values(canvas, scene, body, columns, row);
}

fn row_values(canvas: &mut Canvas, scene: &mut Scene<'_>, body: Area, columns: [i32; 5], row: i32) {
    let y = body.y + 36 + 40 * row;
    badge(canvas, (body.x + columns[2], y + 11), scene.dice.below(7).saturating_sub(2), scene);
    let value = format!("{},{:03}", scene.dice.between(1, 98), scene.dice.between(0, 999));
    canvas.text(body.x + columns[3], y + 24, 12, INK, &value, 90);
    canvas.text(
        body.x + columns[4],
        y + 24,
        11,
        GREY,
        &format!("03-{:02} {:02}:{:02}", 18 - row, scene.dice.between(9, 18), scene.dice.between(0, 59)),
        90,
    );
}

/// An outline, a page with a figure, and comments.
pub(super) fn document(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#f6f7f9", LINE);
    canvas.text(area.x + 16, area.y + 28, 11, GREY, scene.word("outline"), 90);
    for index in 0..5 {
        let colour = if index == 1 { palette.base.as_str() } else { "#4b5563" };
        canvas.text(
            area.x + 16 + if index % 3 == 2 { 12 } else { 0 },
            area.y + 54 + 26 * int(index),
            11,
            colour,
            scene.item(index),
            92,
        );
    }
    let page = Area { x: area.x + 124, y: area.y + 16, w: area.w - 280, h: area.h - 17 };
    page_head(canvas, scene, page);
    page_body(canvas, scene, page);
    comments(canvas, scene, area);
}

fn page_head(canvas: &mut Canvas, scene: &Scene<'_>, page: Area) {
    let palette = &scene.palette;
    canvas.rect(page.x + 3, page.y + 4, page.w, page.h - 4, "#e3e6eb");
    canvas.rect(page.x, page.y, page.w, page.h, "#ffffff");
    let left = page.x + 26;
    let room = page.w - 52;
    canvas.bold(left, page.y + 42, 18, INK, &format!("{} · {}", scene.item(1), scene.function(1)), room);
    canvas.text(left, page.y + 64, 10, "#9ca3af", &format!("{} · V3 · 2026-03-18", scene.word("person1")), room);
    canvas.rounded(left, page.y + 78, room, 46, 6, &palette.soft);
    canvas.rounded(left, page.y + 78, 4, 46, 2, &palette.base);
    canvas.text(left + 14, page.y + 97, 11, &palette.base, scene.word("summary"), 90);
    canvas.text(left + 14, page.y + 114, 11, "#374151", scene.word("captions"), room - 24);
}

fn page_body(canvas: &mut Canvas, scene: &mut Scene<'_>, page: Area) {
    let palette = scene.palette.clone();
    let (left, room) = (page.x + 26, page.w - 52);
    let mut y = page.y + 150;
    for paragraph in 0..2 {
        canvas.bold(left, y, 13, INK, &format!("{}. {}", paragraph + 1, scene.function(paragraph + 2)), room);
        for line in 0..3 {
            let width = if line == 2 { room * scene.dice.between(40, 70) / 100 } else { room };
            canvas.rounded(left, y + 14 + 15 * line, width, 7, 3, "#e8ebf0");
        }
        y += 78;
    }
    let bars = 7;
    for bar in 0..bars {
        let height = scene.dice.between(20, 84);
        let step = room / bars;
        canvas.rounded(
            left + step * bar + 4,
            y + 86 - height,
            step - 12,
            height,
            3,
            &palette.series[usize::from(bar % 2 == 1)],
        );
    }
    canvas.line((left, y + 86), (left + room, y + 86), "#cbd5e1", 1);
}

fn comments(canvas: &mut Canvas, scene: &Scene<'_>, area: Area) {
    let palette = &scene.palette;
    let side = area.x + area.w - 142;
    canvas.text(side, area.y + 28, 11, GREY, scene.word("comments"), 90);
    for (index, word) in ["hello", "answer", "thanks"].iter().enumerate() {
        let card = Area { x: side, y: area.y + 42 + 104 * int(index), w: 128, h: 92 };
        canvas.card(card, "#ffffff", LINE);
        canvas.circle(card.x + 18, card.y + 18, 8, &palette.series[index]);
        canvas.text(card.x + 32, card.y + 22, 11, INK, scene.word(PEOPLE[index + 1]), 86);
        canvas.wrapped(card.x + 12, card.y + 44, 10, GREY, scene.word(word), 106, 3);
    }
}

const CODE: [(i32, &str, &str); 15] = [
    (0, "#7dd3fc", "import { client } from \"./client\";"),
    (0, "#64748b", ""),
    (0, "#94a3b8", "// one page of results at a time"),
    (0, "#c4b5fd", "export async function load(from, size) {"),
    (1, "#e2e8f0", "const query = { from, size, sort: \"time\" };"),
    (1, "#e2e8f0", "const page = await client.list(query);"),
    (1, "#fda4af", "if (page.items.length === 0) {"),
    (2, "#86efac", "return { done: true, items: [] };"),
    (1, "#fda4af", "}"),
    (1, "#e2e8f0", "for (const item of page.items) {"),
    (2, "#fcd34d", "item.state = await check(item);"),
    (1, "#e2e8f0", "}"),
    (1, "#86efac", "return { done: false, items: page.items };"),
    (0, "#c4b5fd", "}"),
    (0, "#64748b", ""),
];

/// A file tree, an editor and a console.
pub(super) fn code(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    canvas.card(area, "#0f172a", "#0f172a");
    canvas.text(area.x + 14, area.y + 26, 11, "#94a3b8", scene.word("files"), 90);
    for (index, file) in
        ["src", "  client.ts", "  load.ts", "  check.ts", "tests", "  load.test.ts", "config.toml", "README.md"]
            .iter()
            .enumerate()
    {
        let y = area.y + 50 + 24 * int(index);
        if index == 2 {
            canvas.rounded(area.x + 8, y - 15, 116, 21, 4, "#1e293b");
        }
        canvas.mono(area.x + 16, y, 11, if index == 2 { "#f8fafc" } else { "#94a3b8" }, file);
    }
    let editor = area.x + 132;
    canvas.rect(editor, area.y + 1, 1, area.h - 2, "#1e293b");
    canvas.rounded(editor + 10, area.y + 10, 92, 24, 5, "#1e293b");
    canvas.mono(editor + 22, area.y + 26, 11, "#f8fafc", "load.ts");
    let changed = 9 + scene.dice.below(3);
    for (index, (indent, colour, text)) in CODE.iter().enumerate() {
        let y = area.y + 58 + 18 * int(index);
        if index == changed || index == changed + 1 {
            canvas.rect(editor + 1, y - 13, area.w - 134, 18, "#14352a");
        }
        canvas.mono(editor + 12, y, 11, "#475569", &format!("{:>2}", index + 1));
        if !text.is_empty() {
            canvas.mono(editor + 42 + 18 * indent, y, 11, colour, text);
        }
    }
    console_pane(canvas, scene, area);
}

fn console_pane(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    let editor = area.x + 132;
    let console = area.y + 324;
    canvas.rect(editor + 1, console, area.w - 133, 1, "#1e293b");
    canvas.text(editor + 12, console + 20, 11, &palette.series[1], scene.word("console"), 90);
    canvas.mono(editor + 12, console + 40, 11, "#94a3b8", "$ run check --all");
    for (index, row) in (0..2).enumerate() {
        let y = console + 58 + 17 * int(index);
        let line = format!("✓ {}  {}", scene.item(row), scene.function(row));
        canvas.text(editor + 12, y, 11, "#86efac", &line, area.w - 260);
        canvas.text_end(area.x + area.w - 14, y, 11, "#64748b", &format!("{} ms", scene.dice.between(12, 480)));
    }
    canvas.rounded(area.x + area.w - 112, console + 8, 98, 20, 10, "#166534");
    canvas.text_middle(area.x + area.w - 63, console + 22, 11, "#dcfce7", scene.word("passed"), 90);
}

/// A gallery of items with drawn covers.
pub(super) fn cards(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    let (w, h) = ((area.w - 32) / 3, (area.h - 16) / 2);
    for index in 0..6 {
        let card = Area { x: area.x + (int(index) % 3) * (w + 16), y: area.y + (int(index) / 3) * (h + 16), w, h };
        canvas.card(card, "#ffffff", LINE);
        let colour = palette.series[index % 4].clone();
        let cover = h - 88;
        cover_shape(canvas, scene, Area { x: card.x, y: card.y, w, h: cover }, &colour, index);
        canvas.bold(card.x + 12, card.y + cover + 24, 13, INK, scene.item(index), w - 24);
        canvas.text(card.x + 12, card.y + cover + 42, 11, GREY, scene.function(index), w - 24);
        let value = super::layouts_figures::figure(scene, index);
        canvas.text(card.x + 12, card.y + h - 16, 12, &colour, &value, 60);
        canvas.text(
            card.x + 16 + super::draw::width(&value, 12),
            card.y + h - 16,
            10,
            "#9ca3af",
            scene.metric(index),
            w - 92 - super::draw::width(&value, 12),
        );
        canvas.rounded(card.x + w - 62, card.y + h - 34, 50, 22, 11, &palette.soft);
        canvas.text_middle(card.x + w - 37, card.y + h - 19, 11, &palette.base, scene.word("open"), 48);
    }
}

fn cover_shape(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area, colour: &str, index: usize) {
    canvas.top_rounded(area.x + 1, area.y + 1, area.w - 2, area.h, 8, &mixed(colour, "#ffffff", 74));
    let (cx, cy) = (area.x + area.w / 2, area.y + area.h / 2);
    let light = mixed(colour, "#ffffff", 40);
    match index % 6 {
        0 => {
            canvas.faded_path(
                &format!("M{} {} l46 -58 l34 40 l22 -26 l40 44 z", cx - 70, area.y + area.h),
                colour,
                "0.8",
            );
            canvas.circle(cx + 46, cy - 24, 13, "#fde68a");
        }
        1 => {
            canvas.rounded(cx - 34, cy - 22, 68, 46, 8, &light);
            canvas.rounded(cx - 24, cy - 34, 48, 14, 6, colour);
            canvas.circle(cx, cy + 2, 12, "#ffffff");
        }
        2 => {
            for bar in 0..5 {
                let height = scene.dice.between(18, 62);
                canvas.rounded(
                    cx - 50 + 21 * bar,
                    cy + 36 - height,
                    15,
                    height,
                    4,
                    if bar % 2 == 0 { colour } else { &light },
                );
            }
        }
        3 => {
            canvas.rounded(cx - 44, cy - 34, 88, 68, 6, "#ffffff");
            for line in 0..4 {
                canvas.rounded(
                    cx - 34,
                    cy - 22 + 14 * line,
                    scene.dice.between(34, 68),
                    6,
                    3,
                    if line == 0 { colour } else { &light },
                );
            }
        }
        4 => {
            canvas.arc((cx, cy), 30, 0, 999, &light, 12);
            canvas.arc((cx, cy), 30, 0, scene.dice.between(520, 860), colour, 12);
        }
        _ => {
            canvas.circle(cx - 22, cy - 2, 25, colour);
            canvas.faded_circle(cx + 18, cy + 6, 29, &light, "0.9");
            canvas.circle(cx + 8, cy - 24, 9, "#fde68a");
        }
    }
}

//! Screens of plans and processes: board, calendar, Gantt chart, flow.

use super::Scene;
use super::draw::{Area, Canvas, int, mixed};

const GREY: &str = "#6b7280";
const INK: &str = "#111827";
const LINE: &str = "#e5e7eb";

/// A board of four columns with cards.
pub(super) fn kanban(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    let w = (area.w - 36) / 4;
    let columns = ["waiting", "running", "review", "finished"];
    let mut next = 0;
    for (column, word) in columns.iter().enumerate() {
        let x = area.x + int(column) * (w + 12);
        canvas.rounded(x, area.y, w, area.h, 10, "#f4f6f9");
        canvas.circle(x + 16, area.y + 20, 5, &palette.series[column]);
        canvas.bold(x + 28, area.y + 25, 12, INK, scene.word(word), w - 60);
        let cards = [4, 3, 2, 3][column];
        canvas.text_end(x + w - 12, area.y + 25, 11, GREY, &cards.to_string());
        for card in 0..cards {
            let place = Area { x: x + 8, y: area.y + 40 + 96 * int(card), w: w - 16, h: 86 };
            canvas.card(place, "#ffffff", LINE);
            canvas.rounded(place.x + 10, place.y + 12, 34, 6, 3, &palette.series[(card + column) % 4]);
            canvas.wrapped(place.x + 10, place.y + 36, 12, INK, scene.item(next), place.w - 20, 1);
            canvas.text(place.x + 10, place.y + 53, 10, GREY, scene.function(next), place.w - 20);
            canvas.circle(place.x + 18, place.y + 70, 8, &palette.series[(next + 1) % 5]);
            let person = ["person0", "person1", "person2", "person3", "person4", "person5"][next % 6];
            canvas.text(place.x + 31, place.y + 74, 10, GREY, scene.word(person), 60);
            canvas.text_end(
                place.x + place.w - 8,
                place.y + 74,
                10,
                "#9ca3af",
                &format!("3/{}", 4 + scene.dice.between(1, 24)),
            );
            next += 1;
        }
    }
}

/// A month with appointments.
pub(super) fn calendar(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#ffffff", LINE);
    canvas.bold(area.x + 16, area.y + 27, 15, INK, scene.word("month"), 160);
    canvas.rounded(area.x + area.w - 76, area.y + 11, 60, 24, 6, &palette.soft);
    canvas.text_middle(area.x + area.w - 46, area.y + 27, 11, &palette.base, scene.word("today"), 56);
    let (w, top) = (area.w / 7, area.y + 66);
    for (day, letter) in scene.word("weekdays").chars().enumerate() {
        canvas.text_middle(area.x + w * int(day) + w / 2, area.y + 58, 11, GREY, &letter.to_string(), 20);
    }
    let h = (area.h - 66) / 5;
    // 1 March 2026 is a Sunday, so the grid begins on Monday 23 February.
    for cell in 0..35 {
        let (x, y) = (area.x + w * (cell % 7), top + h * (cell / 7));
        canvas.line((x, y), (x + w, y), "#eef0f3", 1);
        if cell % 7 > 0 {
            canvas.line((x, y), (x, y + h), "#eef0f3", 1);
        }
        let inside = cell >= 6;
        let number = if inside { cell - 5 } else { 23 + cell };
        if number == 18 && inside {
            canvas.circle(x + 16, y + 15, 11, &palette.base);
        }
        let colour = if number == 18 && inside {
            "#ffffff"
        } else if inside {
            "#374151"
        } else {
            "#c4c9d1"
        };
        canvas.text_middle(x + 16, y + 19, 11, colour, &number.to_string(), 24);
        let entries = if inside && cell % 7 < 6 { scene.dice.below(3) } else { 0 };
        for entry in 0..entries {
            let index = scene.dice.below(6);
            let ground = mixed(&palette.series[index % 4], "#ffffff", 80);
            let line = y + 27 + 20 * int(entry);
            canvas.rounded(x + 4, line, w - 8, 17, 4, &ground);
            canvas.rounded(x + 4, line, 3, 17, 1, &palette.series[index % 4]);
            let hour = 9 + scene.dice.below(9);
            canvas.text(
                x + 11,
                line + 12,
                9,
                "#374151",
                &format!("{hour}:{}0 {}", 3 * entry, scene.item(index)),
                w - 20,
            );
        }
    }
}

/// A plan with bars over weeks, dependencies and milestones.
pub(super) fn gantt(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#ffffff", LINE);
    let (label, top) = (area.w * 26 / 100, area.y + 52);
    let step = (area.w - label - 12) / 12;
    weeks(canvas, scene, area);
    let rows = (area.h - 60) / 36;
    let mut start = 0;
    let mut before: Option<(i32, i32)> = None;
    for row in 0..rows {
        let y = top + 36 * row;
        let index = usize::try_from(row).unwrap_or(0);
        canvas.line((area.x + 1, y), (area.x + area.w - 1, y), "#f1f4f8", 1);
        let title = if row % 4 == 0 { scene.function(index / 4 + index) } else { scene.item(index) };
        let shift = if row % 4 == 0 { 0 } else { 14 };
        canvas.text(
            area.x + 14 + shift,
            y + 23,
            12,
            if row % 4 == 0 { INK } else { "#4b5563" },
            title,
            label - 24 - shift,
        );
        let length = scene.dice.between(2, 4);
        let x = area.x + label + step * start + 4;
        let width = step * length - 8;
        let colour = palette.series[index % 4].clone();
        canvas.rounded(x, y + 9, width, 18, 9, &mixed(&colour, "#ffffff", 62));
        canvas.rounded(x, y + 9, (width * scene.dice.between(30, 100) / 100).max(18), 18, 9, &colour);
        if let Some((px, py)) = before {
            canvas.path(&format!("M{px} {py} V{} H{x}", y + 18), "none", "#94a3b8", 1);
        }
        before = Some((x + width / 2, y + 27));
        start = (start + length - 1).min(9);
        if start >= 8 {
            before = None;
            start = scene.dice.between(1, 4);
        }
    }
    today_line(canvas, scene, area);
}

fn weeks(canvas: &mut Canvas, scene: &Scene<'_>, area: Area) {
    let label = area.w * 26 / 100;
    let step = (area.w - label - 12) / 12;
    canvas.text(area.x + 14, area.y + 34, 12, GREY, scene.word("name"), label - 20);
    for week in 0..12 {
        let x = area.x + label + step * week;
        canvas.text_middle(x + step / 2, area.y + 34, 10, GREY, &format!("W{}", week + 1), step);
        canvas.line((x, area.y + 44), (x, area.y + area.h - 1), "#f1f4f8", 1);
    }
}

fn today_line(canvas: &mut Canvas, scene: &Scene<'_>, area: Area) {
    let label = area.w * 26 / 100;
    let step = (area.w - label - 12) / 12;
    let today = area.x + label + step * 6 + step / 3;
    canvas.line((today, area.y + 46), (today, area.y + area.h - 6), "#ef4444", 2);
    canvas.rounded(today - 22, area.y + 44, 44, 16, 8, "#ef4444");
    canvas.text_middle(today, area.y + 56, 10, "#ffffff", scene.word("today"), 42);
}

fn node(canvas: &mut Canvas, place: Area, colour: &str, title: &str, line: &str) {
    canvas.card(place, "#ffffff", LINE);
    canvas.rounded(place.x, place.y + 8, 4, place.h - 16, 2, colour);
    canvas.rounded(place.x + 14, place.y + 14, 26, 26, 7, &mixed(colour, "#ffffff", 80));
    canvas.circle(place.x + 27, place.y + 27, 6, colour);
    canvas.bold(place.x + 48, place.y + 25, 12, INK, title, place.w - 56);
    canvas.text(place.x + 48, place.y + 41, 10, GREY, line, place.w - 56);
}

fn arrow(canvas: &mut Canvas, from: (i32, i32), to: (i32, i32)) {
    let middle = (from.1 + to.1) / 2;
    canvas.path(&format!("M{} {} V{middle} H{} V{}", from.0, from.1, to.0, to.1 - 4), "none", "#94a3b8", 2);
    canvas.path(&format!("M{} {} l-5 -8 h10 z", to.0, to.1), "#94a3b8", "none", 0);
}

fn dots(canvas: &mut Canvas, area: Area) {
    for dot_y in (area.y + 14..area.y + area.h - 4).step_by(24) {
        for dot_x in (area.x + 14..area.x + area.w - 4).step_by(24) {
            canvas.rect(dot_x, dot_y, 2, 2, "#e3e7ee");
        }
    }
}

/// A process drawn as a flow with a decision and three branches.
pub(super) fn flow(canvas: &mut Canvas, scene: &mut Scene<'_>, area: Area) {
    let palette = scene.palette.clone();
    canvas.card(area, "#fafbfc", LINE);
    dots(canvas, area);
    let middle = area.x + area.w / 2;
    let (w, h) = ((area.w - 64) / 3, 54);
    canvas.rounded(middle - 44, area.y + 14, 88, 28, 14, &palette.base);
    canvas.text_middle(middle, area.y + 33, 12, "#ffffff", scene.word("start"), 80);
    node(canvas, Area { x: middle - w / 2, y: area.y + 66, w, h }, &palette.base, scene.function(0), scene.item(0));
    arrow(canvas, (middle, area.y + 42), (middle, area.y + 66));
    let decision = area.y + 144;
    arrow(canvas, (middle, area.y + 120), (middle, decision));
    canvas.path(&format!("M{middle} {decision} l96 32 l-96 32 l-96 -32 z"), "#fff7e6", "#f59e0b", 2);
    canvas.text_middle(middle, decision + 36, 11, "#92400e", scene.word("condition"), 130);
    for branch in 0..3 {
        flow_branch(canvas, scene, area, branch);
    }
    canvas.rounded(middle - 44, area.y + 392, 88, 26, 13, "#64748b");
    canvas.text_middle(middle, area.y + 410, 12, "#ffffff", scene.word("end"), 80);
}

/// One of the three ways after the decision.
fn flow_branch(canvas: &mut Canvas, scene: &Scene<'_>, area: Area, branch: usize) {
    let palette = &scene.palette;
    let (middle, decision) = (area.x + area.w / 2, area.y + 144);
    let (w, h) = ((area.w - 64) / 3, 54);
    let x = area.x + 16 + int(branch) * (w + 16);
    let centre = x + w / 2;
    arrow(canvas, (middle, decision + 64), (centre, area.y + 238));
    let colour = palette.series[branch].clone();
    node(canvas, Area { x, y: area.y + 238, w, h }, &colour, scene.function(branch + 1), scene.item(branch + 1));
    let person = scene.word(["person1", "person2", "person3"][branch]);
    node(
        canvas,
        Area { x, y: area.y + 316, w, h },
        &colour,
        scene.word(["approve", "review", "finished"][branch]),
        person,
    );
    arrow(canvas, (centre, area.y + 292), (centre, area.y + 316));
    arrow(canvas, (centre, area.y + 370), (middle, area.y + 392));
}

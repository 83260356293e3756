//! The category tree: add, rename, reorder, hide. A category is never deleted: products name it.

use crate::common::*;
use axum::extract::Path;
use domain::access::OperatorRight;
use domain::text::Localized;
use store::catalogue::Category;
use web_kit::prelude::*;

const HOME: &str = "/operator/categories";
/// Levels of the tree.
const LEVELS: usize = 3;

#[derive(Serialize)]
struct Row {
    id: String,
    zh: String,
    en: String,
    hidden: bool,
    level: usize,
    first: bool,
    last: bool,
}

#[derive(Serialize)]
struct TreePage {
    rows: Vec<Row>,
    parents: Vec<Choice>,
    editing: String,
    v: Values,
    errors: FormErrors,
    may: May,
}

fn children<'c>(all: &'c [Category], of: Option<&str>) -> Vec<&'c Category> {
    let mut found: Vec<&Category> = all.iter().filter(|c| c.parent_id.as_deref() == of).collect();
    found.sort_by(|a, b| (a.position, &a.id).cmp(&(b.position, &b.id)));
    found
}

/// The tree as lines, children after their parent.
fn lines(all: &[Category], of: Option<&str>, level: usize, into: &mut Vec<Row>) {
    let siblings = children(all, of);
    for (i, c) in siblings.iter().enumerate() {
        into.push(Row {
            id: c.id.clone(),
            zh: c.name.zh.clone(),
            en: c.name.en.clone(),
            hidden: c.hidden,
            level,
            first: i == 0,
            last: i + 1 == siblings.len(),
        });
        // The bound keeps a cycle in the data from hanging the page.
        if level + 1 < LEVELS {
            lines(all, Some(&c.id), level + 1, into);
        }
    }
}

fn depth(all: &[Category], id: &str) -> usize {
    let mut depth = 1;
    let mut at = id;
    while let Some(parent) = all.iter().find(|c| c.id == at).and_then(|c| c.parent_id.as_deref()) {
        depth += 1;
        if depth > LEVELS {
            break;
        }
        at = parent;
    }
    depth
}

async fn tree_page(page: &Page, editing: &str, v: Values, errors: FormErrors) -> Result<TreePage, PageError> {
    page.require_operator(OperatorRight::Read)?;
    let all = page.app().categories().await?;
    let mut rows = Vec::new();
    lines(&all, None, 0, &mut rows);
    let parents = rows
        .iter()
        .filter(|r| r.level + 1 < LEVELS)
        .map(|r| {
            let name = Localized::new(r.zh.clone(), r.en.clone());
            Choice { value: r.id.clone(), text: format!("{}{}", "— ".repeat(r.level), page.pick(&name)) }
        })
        .collect();
    let old = all.iter().find(|c| c.id == editing).filter(|_| errors.is_empty());
    let v = old.map_or(v, |c| {
        Values::from([("name_zh", c.name.zh.clone()), ("name_en", c.name.en.clone()), ("icon", c.icon.clone())])
    });
    Ok(TreePage { rows, parents, editing: editing.to_owned(), v, errors, may: May::of(page) })
}

fn desk_of_tree(page: Page) -> Page {
    let title = page.t("operator-categories-title");
    desk_below(page, "nav-operator-products", "/operator/products", title).nav_active("nav-operator-categories")
}

/// The tree with its form.
pub async fn show(page: Page) -> PageResult {
    let ctx = tree_page(&page, page.query("edit"), Values::default(), FormErrors::default()).await?;
    Ok(desk_of_tree(page).render("operator/categories.html", &ctx))
}

/// Names that can be shown; the code of a new category.
fn check(form: &Form, all: &[Category], new: bool) -> Result<(), AppError> {
    let mut faults = Vec::new();
    for field in ["name_zh", "name_en"] {
        match form.text(field).chars().count() {
            0 => faults.push(FieldError::new(field, "required")),
            1..=40 => {}
            _ => faults.push(FieldError::new(field, "too-long")),
        }
    }
    let id = form.text("id");
    if new {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(2..=40).contains(&id.len()) || !id.chars().all(plain) {
            faults.push(FieldError::new("id", "category-id-form"));
        } else if all.iter().any(|c| c.id == id) {
            faults.push(FieldError::new("id", "category-id-taken"));
        }
        let parent = form.text("parent");
        if !parent.is_empty() && (!all.iter().any(|c| c.id == parent) || depth(all, parent) >= LEVELS) {
            faults.push(FieldError::new("parent", "category-unknown"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}

async fn saved(page: Page, editing: &str, form: &Form, outcome: Result<(), AppError>) -> PageResult {
    match outcome {
        Ok(()) => Ok(page.redirect_with(FlashKind::Success, page.t("operator-category-saved"), HOME)),
        Err(error) => {
            let errors = page.form_errors(error)?;
            let ctx = tree_page(&page, editing, form.values(), errors).await?;
            Ok(desk_of_tree(page).render_invalid("operator/categories.html", &ctx))
        }
    }
}

/// Loads a bilingual tree to begin with.
pub async fn starter(page: Page, _form: Form) -> PageResult {
    let outcome = page.app().load_starter_categories(page.actor()).await.map(|_| ());
    answer(&page, outcome, "operator-starter-loaded", HOME)
}

/// Adds a category at the end of its level.
pub async fn add(page: Page, form: Form) -> PageResult {
    page.require_operator(OperatorRight::ReviewProducts)?;
    let all = page.app().categories().await?;
    let outcome = match check(&form, &all, true) {
        Ok(()) => {
            let parent = Some(form.text("parent").to_owned()).filter(|p| !p.is_empty());
            let last = children(&all, parent.as_deref()).last().map_or(0, |c| c.position);
            let category = Category {
                id: form.text("id").to_owned(),
                parent_id: parent,
                name: Localized::new(form.text("name_zh"), form.text("name_en")),
                icon: form.text("icon").to_owned(),
                position: last + 1,
                hidden: false,
            };
            let saving = page.app().save_category(page.actor(), category);
            match page.once(&form, "/operator/categories", saving, |()| "/operator/categories".to_owned()).await {
                Ok(Made::Before(response)) => return Ok(response),
                Ok(Made::Now(())) => Ok(()),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    saved(page, "", &form, outcome).await
}

async fn find(page: &Page, id: &str) -> Result<(Category, Vec<Category>), PageError> {
    page.require_operator(OperatorRight::ReviewProducts)?;
    let all = page.app().categories().await?;
    let found = all.iter().find(|c| c.id == id).cloned().ok_or_else(PageError::not_found)?;
    Ok((found, all))
}

/// Renames a category.
pub async fn change(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let (mut category, all) = find(&page, &id).await?;
    let outcome = match check(&form, &all, false) {
        Ok(()) => {
            category.name = Localized::new(form.text("name_zh"), form.text("name_en"));
            category.icon = form.text("icon").to_owned();
            page.app().save_category(page.actor(), category).await
        }
        Err(error) => Err(error),
    };
    saved(page, &id, &form, outcome).await
}

/// The siblings in their new order, each with its new position.
fn reordered(siblings: &[&Category], id: &str, up: bool) -> Vec<Category> {
    let mut order: Vec<&Category> = siblings.to_vec();
    if let Some(at) = order.iter().position(|c| c.id == id) {
        let other = if up { at.checked_sub(1) } else { Some(at + 1).filter(|n| *n < order.len()) };
        if let Some(other) = other {
            order.swap(at, other);
        }
    }
    (1i64..)
        .zip(order)
        .filter(|(position, c)| c.position != *position)
        .map(|(position, c)| Category { position, ..c.clone() })
        .collect()
}

/// Moves a category up or down among its siblings.
pub async fn reorder(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let (category, all) = find(&page, &id).await?;
    let siblings = children(&all, category.parent_id.as_deref());
    let mut outcome = Ok(());
    for moved in reordered(&siblings, &id, form.text("direction") == "up") {
        if outcome.is_ok() {
            outcome = page.app().save_category(page.actor(), moved).await;
        }
    }
    answer(&page, outcome, "operator-category-saved", HOME)
}

/// Hides a category from the storefront, or shows it again.
pub async fn hide(page: Page, Path(id): Path<String>, form: Form) -> PageResult {
    let (mut category, _) = find(&page, &id).await?;
    category.hidden = form.flag("hidden");
    let outcome = page.app().save_category(page.actor(), category).await;
    answer(&page, outcome, "operator-category-saved", HOME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(id: &str, parent: Option<&str>, position: i64) -> Category {
        Category {
            id: id.into(),
            parent_id: parent.map(str::to_owned),
            name: Localized::new(id, id),
            icon: String::new(),
            position,
            hidden: false,
        }
    }

    #[test]
    fn moving_swaps_neighbours_and_mends_equal_positions() {
        let all = [category("a", None, 1), category("b", None, 1), category("c", None, 1)];
        let siblings = children(&all, None);
        let order: Vec<_> = reordered(&siblings, "c", true).into_iter().map(|c| (c.id, c.position)).collect();
        assert_eq!(order, [("c".to_owned(), 2), ("b".to_owned(), 3)]);
        assert!(reordered(&[&category("a", None, 1)], "a", true).is_empty());
    }

    #[test]
    fn the_tree_is_listed_in_depth_first_order() {
        let all = [category("a", None, 2), category("b", None, 1), category("a1", Some("a"), 1)];
        let mut rows = Vec::new();
        lines(&all, None, 0, &mut rows);
        let seen: Vec<_> = rows.iter().map(|r| (r.id.as_str(), r.level, r.first, r.last)).collect();
        assert_eq!(seen, [("b", 0, true, false), ("a", 0, false, true), ("a1", 1, true, true)]);
        assert_eq!((depth(&all, "a"), depth(&all, "a1")), (1, 2));
    }

    #[test]
    fn a_new_category_needs_a_plain_code_and_both_names() {
        let all = [category("crm", None, 1)];
        let form = |id: &str, zh: &str| {
            Form::from_pairs([("id", id), ("name_zh", zh), ("name_en", "x")].map(|(k, v)| (k.to_owned(), v.to_owned())))
        };
        assert!(check(&form("erp", "企业"), &all, true).is_ok());
        assert!(check(&form("crm", "企业"), &all, true).is_err());
        assert!(check(&form("E R P", "企业"), &all, true).is_err());
        assert!(check(&form("erp", ""), &all, true).is_err());
    }
}

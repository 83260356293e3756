//! Whether freezing has an effect is seen on the buyer's page only.

use super::Player;
use crate::finding::Finding;
use crate::judge::{Judged, judge_page, may_open};
use crate::plan::{Expect, Slot, Step};
use crate::world::Page;

impl Player<'_> {
    pub(super) async fn page(&mut self, step: &Step, slot: Slot) -> Finding {
        let url = self.world.instances.get(&slot).and_then(|id| self.world.front_ends.get(id)).cloned();
        let Some(url) = url else {
            return self.not_played(step, self.phrases().not_played_instance());
        };
        if !may_open(&url, &self.settings.address) {
            return self.not_played(step, self.phrases().page_elsewhere(&url));
        }
        let Some(now) = self.client.page(&url).await else {
            return self.not_played(step, self.phrases().page_unreachable(&url));
        };
        self.compare_page(step, now, &url)
    }

    fn compare_page(&mut self, step: &Step, now: Page, url: &str) -> Finding {
        let mut finding = self.blank(step);
        if step.expect == Expect::PageRemembered {
            self.world.page = Some(now);
            return finding;
        }
        let Some(in_use) = self.world.page.take() else {
            return self.not_played(step, self.phrases().page_unreachable(url));
        };
        finding.calls = 2;
        if let Judged::Broken(problem) = judge_page(step, &in_use, &now, self.settings.language) {
            self.describe(&mut finding, step, *problem);
        }
        finding
    }
}

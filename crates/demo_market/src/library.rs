//! The parsed data files: the public market plus the building blocks that
//! pictures and benchmark products draw from.

use crate::compose;
use crate::raw::{
    CategoryFile, Group, PeopleFile, ProductFile, RawOrganisation, RawProduct, RawSeller, Scheme, SchemeFile, TagFile,
};
use crate::types::{Category, Market, Operator, Organisation, Seller, SupportGroup, Text, User};
use serde::de::DeserializeOwned;
use std::sync::LazyLock;

const PRODUCT_FILES: [(&str, &str); 10] = [
    ("yanheng", include_str!("../data/products/yanheng.toml")),
    ("zhiqiao", include_str!("../data/products/zhiqiao.toml")),
    ("yuchuan", include_str!("../data/products/yuchuan.toml")),
    ("xijian", include_str!("../data/products/xijian.toml")),
    ("ripplechart", include_str!("../data/products/ripplechart.toml")),
    ("xuanli", include_str!("../data/products/xuanli.toml")),
    ("zhanlan", include_str!("../data/products/zhanlan.toml")),
    ("yanxia", include_str!("../data/products/yanxia.toml")),
    ("suilun", include_str!("../data/products/suilun.toml")),
    ("dengtang", include_str!("../data/products/dengtang.toml")),
];

/// Forms of support a seller may promise; chosen by its year of foundation.
const SUPPORT_CONTENT: [(&str, &str); 3] = [
    (
        "电话、邮件与在线支持，范围包括使用咨询、操作指导与运行维护；重大故障可申请现场应急，每季度回访一次。",
        "Support by phone, mail and chat covering consulting, guidance in use and running maintenance; on-site help in emergencies and a follow-up call every quarter.",
    ),
    (
        "在线与电话支持，提供上线辅导、操作培训与日常维护；年付客户享有专属群组与每月巡检。",
        "Chat and phone support with help at go-live, training and daily maintenance; yearly customers get a group of their own and a monthly check.",
    ),
    (
        "邮件、电话与远程协助，解答配置、使用与接口问题并处理运行故障；可预约现场巡检与定期维护。",
        "Mail, phone and remote assistance for set-up, use, interfaces and faults; on-site inspection and periodic maintenance by appointment.",
    ),
];

pub(crate) struct Library {
    pub market: Market,
    pub groups: Vec<Group>,
    pub schemes: Vec<Scheme>,
    pub tags: TagFile,
    pub products: Vec<RawProduct>,
}

impl Library {
    /// The group that a leaf belongs to, and the leaf's three picture layouts.
    pub(crate) fn group_of(&self, leaf: &str) -> Option<(&Group, [&str; 3])> {
        self.groups.iter().find_map(|group| {
            let found = group.leaves.iter().find(|candidate| candidate.0 == leaf)?;
            Some((group, [found.4.as_str(), found.5.as_str(), found.6.as_str()]))
        })
    }
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| match load() {
    Ok(library) => library,
    Err(reason) => panic!("embedded demo data: {reason}"),
});

pub(crate) fn library() -> &'static Library {
    &LIBRARY
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("{name}: {error}"))
}

fn load() -> Result<Library, String> {
    let groups = parse::<CategoryFile>("categories", include_str!("../data/categories.toml"))?.group;
    let schemes = parse::<SchemeFile>("schemes", include_str!("../data/schemes.toml"))?.scheme;
    let tags = parse::<TagFile>("tags", include_str!("../data/tags.toml"))?;
    let people = parse::<PeopleFile>("people", include_str!("../data/people.toml"))?;
    let sellers: Vec<Seller> = people.seller.into_iter().map(seller).collect();
    let mut library = Library {
        market: Market {
            categories: groups.iter().map(category).collect(),
            sellers,
            products: Vec::new(),
            buyers: people.buyer.into_iter().map(organisation).collect(),
            partners: people.partner.into_iter().map(organisation).collect(),
            operators: people
                .operator
                .into_iter()
                .map(|raw| Operator {
                    mail: format!("{}@market.example", raw.key),
                    key: raw.key,
                    name: raw.name,
                    role: raw.role,
                })
                .collect(),
        },
        groups,
        schemes,
        tags,
        products: Vec::new(),
    };
    let mut products = Vec::new();
    for (key, text) in PRODUCT_FILES {
        for raw in parse::<ProductFile>(key, text)?.product {
            products.push(compose::product(&library, key, &raw)?);
            library.products.push(raw);
        }
    }
    library.market.products = products;
    Ok(library)
}

fn category(group: &Group) -> Category {
    let children = group.leaves.iter().map(|leaf| Category {
        id: leaf.0.clone(),
        name: Text::new(&leaf.1, &leaf.2),
        icon: leaf.3.clone(),
        children: Vec::new(),
    });
    Category { id: group.id.clone(), name: group.name.clone(), icon: group.icon.clone(), children: children.collect() }
}

fn users(rows: Vec<[String; 4]>, mark: &str, phone: &str) -> Vec<User> {
    let with_index = rows.into_iter().enumerate();
    with_index
        .map(|(index, [user_name, zh, en, role])| User {
            mail: format!("{user_name}@{mark}"),
            phone: format!("{phone}{}", index + 1),
            user_name,
            display_name: Text { zh, en },
            role,
        })
        .collect()
}

fn seller(raw: RawSeller) -> Seller {
    let (zh, en) = SUPPORT_CONTENT[usize::from(raw.founded) % SUPPORT_CONTENT.len()];
    // Direct lines get a range of their own, so nobody shares a hotline.
    let direct = raw.hotline.replace("0000 11", "0000 5");
    Seller {
        support: SupportGroup {
            hours: Text { zh: raw.zh_hours, en: raw.en_hours },
            phone: raw.hotline,
            mail: format!("support@{}", raw.mark),
            content: Text::new(zh, en),
        },
        users: users(raw.users, &raw.mark, &direct),
        key: raw.key,
        name: raw.name,
        legal_name: raw.legal_name,
        credit_code: raw.credit_code,
        profile: raw.profile,
        colour: raw.colour,
        accent: raw.accent,
        city: raw.city,
        founded: raw.founded,
        employees: raw.employees,
    }
}

fn organisation(raw: RawOrganisation) -> Organisation {
    Organisation {
        users: users(raw.users, &raw.mark, &raw.phone),
        key: raw.key,
        name: raw.name,
        legal_name: raw.legal_name,
        credit_code: raw.credit_code,
        city: raw.city,
        industry: raw.industry,
    }
}

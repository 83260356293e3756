//! What was found.

use protocol::verdict::Language;

use super::pick;

/// The sentences of findings in one language.
#[derive(Clone, Copy, Debug)]
pub struct Phrases(pub Language);

impl Phrases {
    fn pick(self, zh: impl Into<String>, en: impl Into<String>) -> String {
        pick(self.0, zh, en)
    }

    pub(crate) fn slow(self, ms: u64) -> String {
        self.pick(
            format!("应答用了 {ms} 毫秒；上限为 20 秒，部分站点只等 5 秒。"),
            format!("The answer took {ms} ms; the limit is 20 s, and some sites wait 5 s only."),
        )
    }

    pub(crate) fn remark_advice(self) -> String {
        self.pick("市场可以接受这个应答，建议改进。", "The marketplace accepts this answer; improve it when you can.")
    }

    pub(crate) fn still_working(self, polls: u32) -> String {
        self.pick(
            format!("重复询问 {polls} 次后仍未完成：您的系统一直返回 000004，或查询不到实例。"),
            format!("Still not done after asking {polls} times: your system keeps answering 000004 or does not find the instance."),
        )
    }

    pub(crate) fn still_working_advice(self) -> String {
        self.pick(
            "请确认后台开通任务真正执行并落库；确实较慢时用 --wait 延长等待时间。",
            "Check that the work behind 000004 is really done and saved; if it needs longer, raise --wait.",
        )
    }

    pub(crate) fn same_page(self, status: u16) -> String {
        self.pick(
            format!("冻结后买家页面与使用中完全相同（HTTP {status}）：冻结可能没有生效。"),
            format!("The buyer's page is the same in use and frozen (HTTP {status}): freezing may have no effect."),
        )
    }

    pub(crate) fn page_elsewhere(self, url: &str) -> String {
        self.pick(
            format!("买家地址 {url} 不在被检查的服务器上，未打开；请自行确认冻结后无法使用。"),
            format!("The buyer's address {url} is not on the server under test and was not opened; check yourself that a frozen instance cannot be used."),
        )
    }

    pub(crate) fn page_unreachable(self, url: &str) -> String {
        self.pick(
            format!("买家地址 {url} 打不开，无法判断冻结是否生效。"),
            format!("The buyer's address {url} cannot be opened, so whether freezing has an effect is not known."),
        )
    }

    pub(crate) fn advice_on_code(self, code: &str) -> String {
        match code {
            "000001" => self.pick(
                "您的系统拒绝了正确的签名：请比较两边的待签名串，并检查密钥、毫秒时间戳和系统时钟。",
                "Your system refused a right signature: compare both canonical strings, the key, the millisecond timestamp and your clock.",
            ),
            "000002" => self.pick(
                "请求完全符合接口文档：请检查您对参数名、格式和必填项的校验。",
                "The request is as documented: check how you validate names, forms and mandatory parameters.",
            ),
            "000003" => self.pick(
                "该实例 ID 是您的系统先前返回的：请检查实例是否保存成功、查询条件是否正确。",
                "Your system itself named this instance before: check that it is saved and looked up under this ID.",
            ),
            _ => self.pick("请查看您系统的日志，排除原因。", "Look at the log of your system and remove the cause."),
        }
    }

    pub(crate) fn message(self, message: &str) -> String {
        self.pick(format!("您的系统说：“{message}”。"), format!(" Your system says: \"{message}\"."))
    }

    pub(crate) fn code_is_number(self) -> String {
        self.pick(
            "resultCode 被写成了 JSON 数字，应为六位字符串，例如 \"000000\"。",
            " resultCode is a JSON number; it must be a string of six digits such as \"000000\".",
        )
    }

    pub(crate) fn other_instance(self, asked: &str, answered: &str) -> String {
        self.pick(
            format!("请求针对实例 {asked}，应答却给出另一个 instanceId：{answered}，好像又开通了一个实例。"),
            format!("The call is about instance {asked}, and the answer names another instanceId, {answered}, as if one more had been opened."),
        )
    }

    pub(crate) fn rehearsal_opened(self) -> String {
        self.pick(
            "调试请求（testFlag=1）返回的实例真的存在：调试请求不得开通任何资源。",
            "The instance that a debugging call (testFlag 1) answered really exists: debugging must open nothing.",
        )
    }

    pub(crate) fn same_instance_for_other(self, id: &str) -> String {
        self.pick(
            format!("另一笔购买得到了同一个实例 {id}：两个买家会共用一个实例。"),
            format!("Another purchase got the same instance {id}: two buyers would share it."),
        )
    }

    pub(crate) fn changed_instance(self, first: &str, again: &str) -> String {
        self.pick(
            format!("同一笔购买第一次返回 {first}，再次请求返回 {again}：重复请求会重复开通。"),
            format!("The same purchase was answered {first} first and {again} when repeated: repetitions open instances again."),
        )
    }

    pub(crate) fn changed_licence(self) -> String {
        self.pick("同一订单再次请求得到了不同的 License。", "The same order gave another licence when it was repeated.")
    }

    pub(crate) fn unreadable(self, field: &str) -> String {
        self.pick(
            format!("{field} 解密后含有控制字符：前 16 个字符可能不是加密时使用的 IV。"),
            format!(
                "{field} decrypts to control characters: the first 16 characters are probably not the IV that was used."
            ),
        )
    }

    pub(crate) fn odd_iv(self) -> String {
        self.pick(
            "password 的前 16 个字符不全是字母和数字，IV 应为 16 个 [A-Za-z0-9] 字符。",
            "The first 16 characters of password are not all letters and digits; the IV is 16 characters of [A-Za-z0-9].",
        )
    }

    pub(crate) fn other_algorithm(self, announced: &str) -> String {
        self.pick(
            format!("encryptType 声明为 {announced}，但 password 是用另一种算法加密的（1 = AES-256，2 = AES-128）。"),
            format!("encryptType says {announced}, but password was encrypted with the other algorithm (1 = AES-256, 2 = AES-128)."),
        )
    }

    pub(crate) fn lost(self, ids: &str) -> String {
        self.pick(
            format!("查询应答的 info 中没有您系统先前开通的实例：{ids}。"),
            format!("The answer to the query lacks instances that your system opened before: {ids}."),
        )
    }

    pub(crate) fn no_usage(self) -> String {
        self.pick("info 中没有 usageInfo，买家看不到用量。", "info has no usageInfo, so the buyer sees no usage.")
    }

    pub(crate) fn invented(self, id: &str) -> String {
        self.pick(
            format!("查询返回了实例 {id} 的信息，而它不应存在。"),
            format!("The query tells of instance {id}, which must not exist."),
        )
    }

    pub(crate) fn working_on_nothing(self) -> String {
        self.pick(
            "对不应存在的实例返回了 000004（处理中）。",
            "The answer is 000004 (being processed) for an instance that must not exist.",
        )
    }

    pub(crate) fn accepted(self, expected: &str) -> String {
        self.accepted_as("000000", expected)
    }

    pub(crate) fn accepted_as(self, answered: &str, expected: &str) -> String {
        self.pick(
            format!("请求被接受了（{answered}），应返回 {expected} 拒绝。"),
            format!("The call was accepted ({answered}); it must be refused with {expected}."),
        )
    }

    pub(crate) fn other_code(self, answered: &str, expected: &str) -> String {
        self.pick(
            format!("请求被拒绝了，但结果码是 {answered}，应为 {expected}。"),
            format!("The call was refused, but with {answered} in place of {expected}."),
        )
    }

    pub(crate) fn refused_by_http(self, status: u16, expected: &str) -> String {
        self.pick(
            format!("请求以 HTTP {status} 被拒绝；应返回 HTTP 200，并在消息体中返回 resultCode {expected}。"),
            format!("The call was refused with HTTP {status}; answer HTTP 200 with resultCode {expected} in the body."),
        )
    }

    pub(crate) fn refusal_unsigned(self) -> String {
        self.pick(
            "请求被正确拒绝，但这个应答没有 Body-Sign；每个应答都要带。",
            "The call was refused as it should, but this answer has no Body-Sign; every answer needs one.",
        )
    }

    pub(crate) fn no_address(self) -> String {
        self.pick("--url 不是有效的 http(s) 地址。", "--url is not an http(s) address.")
    }

    pub(crate) fn address_with_password(self) -> String {
        self.pick("--url 不能含有用户名或密码。", "--url must not contain a user name or a password.")
    }

    pub(crate) fn plain_http(self) -> String {
        self.pick(
            "地址不是 https://。云商店只调用 HTTPS 地址；明文 HTTP 只适合在本机检查。",
            "The address is not https://. The marketplace calls HTTPS only; plain HTTP is for this machine.",
        )
    }

    pub(crate) fn no_domain(self) -> String {
        self.pick(
            "地址是 IP 而不是域名；登记生产系统接口地址时必须使用域名。",
            "The address is an IP address; a production address must have a domain name.",
        )
    }

    pub(crate) fn not_played_contact(self) -> String {
        self.pick("没有执行：首次调用没有得到可用的应答。", "Not played: the first call got no usable answer.")
    }

    pub(crate) fn not_played_instance(self) -> String {
        self.pick(
            "没有执行：需要的实例没有开通成功，见前面的失败项。",
            "Not played: the instance that it needs was not opened; see the failures before.",
        )
    }

    pub(crate) fn not_played_code(self) -> String {
        self.pick(
            "没有执行：请用 --license-code 给出一个已激活的授权码 ID。",
            "Not played: give the ID of an activated authorisation code with --license-code.",
        )
    }

    pub(crate) fn cannot_send(self, why: &str) -> String {
        self.pick(format!("无法生成请求：{why}"), format!("The call cannot be written: {why}"))
    }

    pub(crate) fn habit(self, mistake: &str) -> String {
        self.pick(
            format!("按下述错误方式签名后，您的系统接受了同一个请求：{mistake}。"),
            format!("Your system accepts the same call when it is signed with this mistake: {mistake}."),
        )
    }

    pub(crate) fn habit_lower_case(self) -> String {
        self.pick(
            "签名用小写十六进制时，您的系统接受了同一个请求：比较签名时请忽略大小写。",
            "Your system accepts the same call with the signature in lower-case hex: compare without regard to case.",
        )
    }

    pub(crate) fn other_key(self) -> String {
        self.pick(
            "同时您的系统也拒绝了我方签名：两边的密钥很可能不同，请核对密钥文件和您系统中的密钥。",
            "Your system refuses our signature as well, so the keys most likely differ: compare the key file with the key of your system.",
        )
    }

    pub(crate) fn no_habit(self) -> String {
        self.pick(
            "逐一尝试常见的签名错误后仍被拒绝：请首先确认密钥，再检查时钟。",
            "None of the usual mistakes explains it: check the key first, then the clock.",
        )
    }
}

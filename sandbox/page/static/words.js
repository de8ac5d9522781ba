/** The shell's own words, in the languages that the bot speaks. */

const WORDS = {
  "en-US": {
    skip: "Skip to the message box", sandboxTitle: "Sandbox", interactionFailed: "This interaction failed",
    servers: "Servers", channels: "Channels", members: "Members", directMessages: "Direct Messages",
    textChannels: "Text Channels", findHome: "Direct Messages", openSide: "Open channels",
    switchAccount: "Switch account", youAre: "You are",
    admin: "Manages the server", member: "Member", bots: "Online", offline: "Offline", online: "Online",
    toMembers: "Members", drawer: "Sandbox: faults, time, wire",
    light: "Light theme", dark: "Dark theme",
    messagesIn: "Messages in {name}", earlier: "Load earlier messages",
    welcome: "Welcome to #{name}!", welcomeText: "This is the start of the #{name} channel.",
    welcomeDm: "This is the beginning of your direct message history with {name}.",
    tryIt: "Try it: type /imagine, and drop a picture on this page.",
    ageRestricted: "Age-restricted channel", noBot: "The bot may not see this channel",
    write: "Message #{name}", writeDm: "Message @{name}", cannotWrite: "You do not have permission to send messages in this channel.",
    attach: "Upload a file", useCommand: "Use a command", send: "Send",
    remove: "Remove {name}", attached: "Attached files",
    reply: "Reply", more: "More", replyingTo: "Replying to {name}", stopReply: "Stop replying",
    copyText: "Copy text", copyId: "Copy message ID", apps: "Apps", onWire: "What went over the wire",
    mention: "Mention", beThem: "Be {name}", message: "Message",
    commands: "Commands", options: "Options", optional: "+{count} more", noMatch: "Nothing fits",
    required: "This option is required. Specify a value.", chooseOne: "Choose one of the list.",
    notNumber: "Enter a valid number.", outOfRange: "Between {low} and {high}.", tooLong: "{count} characters are too many: at most {high}.",
    tooShort: "At least {low} characters.",
    isTrue: "True", isFalse: "False", chooseFile: "Choose a file, or drop it here", nothingThere: "No such command here.",
    cancelCommand: "Cancel the command", loading: "Loading options…", loadFailed: "Loading options failed",
    needsChoice: "This field is required.", chooseBetween: "Choose {low} to {high}.", wentWrong: "Something went wrong. Try again.", cancel: "Cancel", submit: "Submit", close: "Close",
    formWarning: "This form will be submitted to {name}. Do not share passwords or other sensitive information.",
    dropTitle: "Upload to #{name}", dropCommand: "Add to /{name}", dropText: "Let go to attach",
    previous: "Previous picture", next: "Next picture", openFull: "Open in browser", picture: "Picture {index} of {count}",
    lost: "The connection to the sandbox is lost. Trying again…",
    newMessages: "New messages", says: "{name}: {text}", edited: "{name} edited: {text}",
    dropFull: "No option for a file is left.", sending: "Sending…", copied: "Copied", failedSend: "Not sent: {why}",
    tooLarge: "{name} is too large.",
    drawerTitle: "Behind the scenes", theBot: "The bot", botUp: "Running and connected", botStarting: "Running, not connected yet", botDown: "Not running",
    botElsewhere: "Started elsewhere, connected", botNowhere: "Started elsewhere, not connected",
    bot_kill: "Kill it (kill -9)", bot_stop: "Stop it (SIGTERM)", bot_start: "Start it again", botLog: "The bot's log",
    troubles: "What goes wrong", speed: "Time", speedHint: "How fast the stand-ins' time runs: drawings, tokens, links.", language: "Language",
    trouble_slow: "Evolink is slow", trouble_slow_hint: "Drawings take ten times as long",
    trouble_credits: "Evolink is out of credits", trouble_credits_hint: "402 on every submission",
    trouble_refused: "Evolink refuses the content", trouble_refused_hint: "Every drawing fails its safety check",
    trouble_evolink429: "Evolink: too many requests", trouble_evolink429_hint: "429 on every submission",
    trouble_discord429: "Discord: rate limits", trouble_discord429_hint: "429 on every other request",
    trouble_discord5xx: "Discord: server errors", trouble_discord5xx_hint: "503 on every other request",
    trouble_lost: "Connections are lost", trouble_lost_hint: "The gateway drops; a third of all answers never arrive",
    trouble_token: "Tokens are dead", trouble_token_hint: "Cards can't be edited any more",
    wireOf: "Over the wire, about this message", wireLatest: "Over the wire, lately", wireAll: "Show everything", wireHint: "“What went over the wire” in a message's menu shows only its own.",
  },
  "zh-CN": {
    skip: "跳到消息输入框", sandboxTitle: "沙盒", interactionFailed: "该交互失败",
    servers: "服务器", channels: "频道", members: "成员", directMessages: "私信",
    textChannels: "文字频道", findHome: "私信", openSide: "打开频道列表",
    switchAccount: "切换账号", youAre: "您是",
    admin: "管理服务器", member: "成员", bots: "在线", offline: "离线", online: "在线",
    toMembers: "成员", drawer: "沙盒:故障、时间、网络记录",
    light: "浅色主题", dark: "深色主题",
    messagesIn: "{name} 中的消息", earlier: "加载更早的消息",
    welcome: "欢迎来到 #{name}!", welcomeText: "这是 #{name} 频道的开始。",
    welcomeDm: "这是您和 {name} 私信的开始。",
    tryIt: "试试看:输入 /imagine,并把图片拖到此页面。",
    ageRestricted: "年龄限制频道", noBot: "机器人无法查看此频道",
    write: "发消息到 #{name}", writeDm: "发消息给 @{name}", cannotWrite: "您没有在此频道发送消息的权限。",
    attach: "上传文件", useCommand: "使用命令", send: "发送",
    remove: "移除 {name}", attached: "已附加的文件",
    reply: "回复", more: "更多", replyingTo: "正在回复 {name}", stopReply: "取消回复",
    copyText: "复制文本", copyId: "复制消息 ID", apps: "应用", onWire: "网络记录",
    mention: "提及", beThem: "成为 {name}", message: "消息",
    commands: "命令", options: "选项", optional: "还有 {count} 项", noMatch: "没有匹配项",
    required: "此选项为必填项。", chooseOne: "请从列表中选择。",
    notNumber: "请输入有效的数字。", outOfRange: "必须在 {low} 到 {high} 之间。", tooLong: "{count} 个字符太多:最多 {high} 个。",
    tooShort: "至少 {low} 个字符。",
    isTrue: "是", isFalse: "否", chooseFile: "选择文件,或拖到此处", nothingThere: "这里没有这个命令。",
    cancelCommand: "取消命令", loading: "正在加载选项…", loadFailed: "加载选项失败",
    needsChoice: "此项为必填。", chooseBetween: "请选择 {low} 到 {high} 项。", wentWrong: "出了点问题,请重试。", cancel: "取消", submit: "提交", close: "关闭",
    formWarning: "此表单将提交给 {name}。请勿分享密码或其他敏感信息。",
    dropTitle: "上传到 #{name}", dropCommand: "添加到 /{name}", dropText: "松开即可附加",
    previous: "上一张", next: "下一张", openFull: "在浏览器中打开", picture: "第 {index} 张,共 {count} 张",
    lost: "与沙盒的连接已断开,正在重试…",
    newMessages: "新消息", says: "{name}:{text}", edited: "{name} 已编辑:{text}",
    dropFull: "没有剩余的文件选项。", sending: "正在发送…", copied: "已复制", failedSend: "未发送:{why}",
    tooLarge: "{name} 太大。",
    drawerTitle: "幕后", theBot: "机器人", botUp: "运行中,已连接", botStarting: "运行中,尚未连接", botDown: "未运行",
    botElsewhere: "在别处启动,已连接", botNowhere: "在别处启动,未连接",
    bot_kill: "强制结束(kill -9)", bot_stop: "停止(SIGTERM)", bot_start: "重新启动", botLog: "机器人的日志",
    troubles: "故障", speed: "时间", speedHint: "模拟服务的时间流速:绘制、令牌、链接。", language: "语言",
    trouble_slow: "Evolink 很慢", trouble_slow_hint: "绘制时间变为十倍",
    trouble_credits: "Evolink 余额不足", trouble_credits_hint: "每次提交都返回 402",
    trouble_refused: "Evolink 拒绝内容", trouble_refused_hint: "每次绘制都未通过安全检查",
    trouble_evolink429: "Evolink:请求过多", trouble_evolink429_hint: "每次提交都返回 429",
    trouble_discord429: "Discord:速率限制", trouble_discord429_hint: "一半的请求返回 429",
    trouble_discord5xx: "Discord:服务器错误", trouble_discord5xx_hint: "一半的请求返回 503",
    trouble_lost: "连接中断", trouble_lost_hint: "网关断开;三分之一的响应丢失",
    trouble_token: "令牌失效", trouble_token_hint: "卡片无法再编辑",
    wireOf: "此消息的网络记录", wireLatest: "最近的网络记录", wireAll: "显示全部", wireHint: "消息菜单中的“网络记录”只显示该消息的内容。",
  },
};

let locale = localStorage.getItem("locale") ?? "en-US";

/** The reader's language; what is chosen stays. */
export const currentLocale = () => locale;

export function setLocale(wanted) {
  locale = wanted in WORDS ? wanted : "en-US";
  localStorage.setItem("locale", locale);
  document.documentElement.lang = locale;
}

/** A text, its `{names}` filled in. */
export function words(key, about = {}) {
  const text = WORDS[locale]?.[key] ?? WORDS["en-US"][key];
  return text.replace(/\{(\w+)\}/g, (whole, name) => about[name] ?? whole);
}

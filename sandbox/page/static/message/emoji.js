// The commonest short names that Discord shows as emoji; any other stays as it was written.

export const EMOJI = new Map([
  ["smile", "😄"], ["grin", "😁"], ["joy", "😂"], ["laughing", "😆"], ["wink", "😉"],
  ["blush", "😊"], ["heart_eyes", "😍"], ["thinking", "🤔"], ["cry", "😢"], ["sob", "😭"],
  ["tada", "🎉"], ["heart", "❤️"], ["broken_heart", "💔"], ["thumbsup", "👍"], ["+1", "👍"],
  ["thumbsdown", "👎"], ["-1", "👎"], ["wave", "👋"], ["ok_hand", "👌"], ["clap", "👏"],
  ["pray", "🙏"], ["muscle", "💪"], ["eyes", "👀"], ["fire", "🔥"], ["sparkles", "✨"],
  ["star", "⭐"], ["zap", "⚡"], ["rainbow", "🌈"], ["sunny", "☀️"], ["moon", "🌔"],
  ["white_check_mark", "✅"], ["x", "❌"], ["warning", "⚠️"], ["no_entry", "⛔"], ["question", "❓"],
  ["exclamation", "❗"], ["hourglass", "⌛"], ["art", "🎨"], ["frame_photo", "🖼️"], ["camera", "📷"],
  ["bulb", "💡"], ["rocket", "🚀"], ["gear", "⚙️"], ["lock", "🔒"], ["link", "🔗"],
  ["inbox_tray", "📥"], ["arrow_left", "⬅️"], ["arrow_right", "➡️"], ["red_circle", "🔴"], ["green_circle", "🟢"],
  ["blue_circle", "🔵"], ["robot", "🤖"], ["cat", "🐱"], ["dog", "🐶"],
]);

import { make } from "./make.js";
export class Composer {
  constructor(app) { this.app = app; this.input = make("textarea", {id: "write", "aria-label": "Message", rows: 1});
   this.input.addEventListener("keydown", async (e) => { if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); const text = this.input.value; this.input.value = "";
     const m = text.match(/^\/imagine (.*)/);
     if (m) await app.interact("slash", {path: "imagine", values: {prompt: {type: 3, value: m[1]}}}); else await app.live.ask("say", {text}); } });
   document.getElementById("composer").append(this.input); }
  enter() {} offer() {} reply() {} mention() {} entities() { return []; }
}

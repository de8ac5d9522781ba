/** Avatars: the bot's own picture, and a coloured initial for people. */

import { make } from "./make.js";

const COLOURS = 7;

/**
 * An account's picture, `size` pixels wide; its name stands beside it, so it is for eyes only.
 *
 * @param {import("./types.js").User} user
 */
export function avatar(user, size = 40) {
  const element = make("span", { class: "avatar", "aria-hidden": "true" });
  element.style.width = element.style.height = `${size}px`;
  element.style.fontSize = `${Math.round(size * 0.45)}px`;
  if (user.bot) {
    element.classList.add("avatar-bot");
  } else {
    // Ids of one sandbox are close to each other: the remainder tells them apart.
    element.dataset.colour = String(BigInt(user.id) % BigInt(COLOURS));
    element.textContent = [...nameOf(user)][0].toUpperCase();
  }
  return element;
}

/**
 * What an account is called.
 *
 * @param {import("./types.js").User} user
 */
export const nameOf = (user) => user.global_name ?? user.username;

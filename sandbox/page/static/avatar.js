/** Avatars: a picture for the bot, coloured initials for people. */

import { make } from "./make.js";

/** @import { User } from "./types.js" */

const COLOURS = 7;

/**
 * Returns an account's picture, `size` pixels wide; hidden from screen readers, as its name is beside it.
 *
 * @param {User} user
 */
export function avatar(user, size = 40) {
  const element = make("span", { class: "avatar", "aria-hidden": "true" });
  element.style.width = element.style.height = `${size}px`;
  element.style.fontSize = `${Math.round(size * 0.45)}px`;
  if (user.bot) {
    element.classList.add("avatar-bot");
  } else {
    // Ids in a sandbox are close together, so the remainder spreads the colours.
    element.dataset.colour = String(BigInt(user.id) % BigInt(COLOURS));
    element.textContent = [...nameOf(user)][0].toUpperCase();
  }
  return element;
}

/**
 * Returns an account's display name.
 *
 * @param {User} user
 */
export const nameOf = (user) => user.global_name ?? user.username;

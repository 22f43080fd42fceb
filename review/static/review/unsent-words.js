// Words that somebody typed and hasn't sent outlive the page: kept in this browser under the draft and the form's name,
// brought back next time, removed once they are saved. Nothing half-written is ever sent by itself.

/** @param {string} key */
function storage(key) {
  return `loupe:unsent:${key}`;
}

/**
 * @param {string} key
 * @param {string} text
 */
export function keepWords(key, text) {
  try {
    if (text.trim()) localStorage.setItem(storage(key), text);
    else localStorage.removeItem(storage(key));
  } catch {
    // A browser without storage: the words live as long as the page.
  }
}

/** @param {string} key */
export function keptWords(key) {
  try {
    return localStorage.getItem(storage(key)) ?? "";
  } catch {
    return "";
  }
}

// What every page's frame does: each controller is its own module.
import "./dialogs.js";
import "./keys.js";
import "./local-time.js";
import "./notices.js";
import "./send-once.js";
import "./copy-text.js";
import "./go-back.js";

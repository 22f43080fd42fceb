// The desk's page: its work begins once its markup is there. A page that is left while it still loads runs its modules
// on what was read so far, which may be nothing.

if (document.querySelector("[data-desk]")) import("./desk.js");

export {};

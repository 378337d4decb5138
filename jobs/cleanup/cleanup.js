/*
 * Removes what e-chauffeur may no longer keep: mongosh --nodb --quiet cleanup.js
 *   logs                   older than one year (by timestamp): removed
 *   geo-tracking           ended more than three months ago: removed
 *   rides                  ended more than fifteen days ago: phone, owner.firstname, .lastname and .email set to null
 * MONGODB_URI_FILE  file with the connection string, so that the password is on no command line
 * DRY_RUN           true: counts and changes nothing
 * BATCH             documents a batch, 1000 unless told: a batch holds no lock for long
 * It prints one JSON line a rule and exits with 1 when a rule failed; the others are still applied.
 */
/* global connect */
const fs = require("fs");

const dryRun = process.env.DRY_RUN === "true";
const batch = Number(process.env.BATCH || 1000);
if (!["true", "false", undefined, ""].includes(process.env.DRY_RUN)) throw new Error("DRY_RUN is true or false");
if (!Number.isInteger(batch) || batch < 1) throw new Error("BATCH is a whole number of at least 1");
if (!process.env.MONGODB_URI_FILE) throw new Error("MONGODB_URI_FILE is not set");

const now = new Date();
const daysAgo = (days) => new Date(now.getTime() - days * 24 * 60 * 60 * 1000);
/** The same day of an earlier month, or that month's last day where it has no such day. */
const monthsAgo = (months) => {
    const day = new Date(now);
    day.setUTCDate(1);
    day.setUTCMonth(day.getUTCMonth() - months);
    const lastDay = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
    day.setUTCDate(Math.min(now.getUTCDate(), lastDay));
    return day;
};

/** Sets the fields to null where one of them still holds something: what is null already is not written each night. */
const anonymised = (collection, end, fields) => ({
    collection,
    old: { end, $or: fields.map((field) => ({ [field]: { $ne: null } })) },
    set: Object.fromEntries(fields.map((field) => [field, null])),
});

const rules = [
    { collection: "logs", old: { timestamp: { $lt: monthsAgo(12) } } },
    { collection: "geo-tracking", old: { end: { $lt: monthsAgo(3) } } },
    // Apart from each other: a ride whose owner is null has a phone to erase and no owner's fields to set.
    anonymised("rides", { $lt: daysAgo(15) }, ["phone"]),
    anonymised("rides", { $lt: daysAgo(15) }, ["owner.firstname", "owner.lastname", "owner.email"]),
];

const database = connect(fs.readFileSync(process.env.MONGODB_URI_FILE, "utf8").trim());
let failed = false;
for (const rule of rules) {
    const action = rule.set ? `null ${Object.keys(rule.set).join(", ")}` : "remove";
    const line = { job: "cleanup", collection: rule.collection, action, dryRun };
    try {
        const collection = database.getCollection(rule.collection);
        const matched = collection.countDocuments(rule.old);
        const changed = dryRun ? 0 : applyInBatches(collection, rule);
        console.log(JSON.stringify({ level: "info", ...line, matched, changed }));
    } catch (error) {
        failed = true;
        console.log(JSON.stringify({ level: "error", ...line, message: error.message }));
    }
}
process.exit(failed ? 1 : 0);

/** Ids of one batch, then only those: a write is never larger than a batch. */
function applyInBatches(collection, { old, set }) {
    let changed = 0;
    for (;;) {
        const found = collection.find(old, { _id: 1 }).limit(batch).toArray();
        const ids = found.map(({ _id }) => _id);
        if (ids.length === 0) return changed;
        const these = { _id: { $in: ids } };
        const done = set
            ? collection.updateMany(these, { $set: set }).modifiedCount
            : collection.deleteMany(these).deletedCount;
        // A rule whose writes change nothing would run for ever.
        if (done === 0) throw new Error(`${ids.length} documents match and none could be changed`);
        changed += done;
    }
}

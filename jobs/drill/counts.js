/*
 * Prints the documents of each collection of a database as one JSON object: mongosh --nodb --quiet counts.js
 * MONGODB_URI_FILE  file with the connection string, so that the password is on no command line
 * DATABASE          the scratch database that was restored
 */
/* global connect */
const fs = require("fs");

const connection = connect(fs.readFileSync(process.env.MONGODB_URI_FILE, "utf8").trim());
const database = connection.getSiblingDB(process.env.DATABASE);

const counts = {};
for (const { name, type } of database.getCollectionInfos()) {
    if (type !== "view" && !name.startsWith("system.")) counts[name] = database.getCollection(name).countDocuments({});
}
console.log(JSON.stringify(counts));

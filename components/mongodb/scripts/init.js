"use strict";
/*
 * Forms a MongoDB replica set and makes its users, idempotently. Run by mongosh (init.sh); settings come from the
 * environment, passwords from files. Nothing is printed that holds a password.
 *
 * - The first member alone starts the set; the others join one by one and copy its data. (replSetInitiate refuses
 *   members that hold data, and the image's entrypoint has made an administrator on each.)
 * - Members bear their full names: the ones drivers get from the set, resolvable in every namespace.
 * - A member of the set that is not in the list is reported, not removed: taking away a vote is an operator's decision.
 * - Users are created or brought to the password and roles given, so that a changed Secret takes effect.
 */
const fs = require("fs");

const RETRY_MILLISECONDS = 1000;

function setting(name) {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
}

/** Every password read so far: removed from whatever is printed. */
const secrets = [];

function readSecret(file) {
    const value = fs.readFileSync(file, "utf8").replace(/\r?\n$/, "");
    if (value === "") throw new Error(`${file} is empty`);
    secrets.push(value, encodeURIComponent(value));
    return value;
}

function say(message) {
    let text = String(message);
    for (const secret of secrets) text = text.split(secret).join("***");
    print(text);
}

function readUsers(file) {
    let users;
    try {
        users = JSON.parse(fs.readFileSync(file, "utf8"));
    } catch (error) {
        throw new Error(`${file} is not JSON: ${error.message}`);
    }
    if (!Array.isArray(users)) throw new Error(`${file} must hold a list of users`);
    return users.map((entry, index) => {
        const { user, database, passwordFile, roles } = entry || {};
        const complete = [user, database, passwordFile].every((value) => typeof value === "string" && value !== "");
        if (!complete || !Array.isArray(roles) || roles.length === 0) {
            throw new Error(`${file}: user ${index + 1} needs user, database, passwordFile and roles`);
        }
        return { user, database, roles, password: readSecret(passwordFile) };
    });
}

function readSettings() {
    const members = setting("MONGODB_MEMBERS")
        .split(",")
        .map((member) => member.trim());
    for (const member of members) {
        if (!/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+:[0-9]+$/.test(member)) {
            throw new Error(`MONGODB_MEMBERS: ${JSON.stringify(member)} is not a full host name and a port`);
        }
    }
    const before = process.env.MONGODB_ROOT_PASSWORD_BEFORE_FILE;
    const seconds = Number(process.env.MONGODB_DEADLINE_SECONDS || "300");
    if (!(seconds > 0)) throw new Error("MONGODB_DEADLINE_SECONDS must be a number of seconds");
    return {
        set: setting("MONGODB_REPLICA_SET"),
        members,
        root: setting("MONGODB_ROOT_USERNAME"),
        password: readSecret(setting("MONGODB_ROOT_PASSWORD_FILE")),
        passwordBefore: before ? readSecret(before) : undefined,
        users: readUsers(setting("MONGODB_USERS_FILE")),
        deadline: Date.now() + seconds * 1000,
        seconds,
    };
}

/**
 * Opens the admin database of one member ("directConnection=true") or of the set's primary ("replicaSet=…"), with the
 * administrator's password or, where that is refused, with the one before.
 */
function connect(settings, members, option) {
    const user = encodeURIComponent(settings.root);
    const query = `authSource=admin&serverSelectionTimeoutMS=5000&${option}`;
    const open = (password) => {
        const uri = `mongodb://${user}:${encodeURIComponent(password)}@${members.join(",")}/admin?${query}`;
        const admin = new Mongo(uri).getDB("admin");
        admin.runCommand({ ping: 1 });
        return admin;
    };
    try {
        return open(settings.password);
    } catch (error) {
        if (!isRefusal(error) || settings.passwordBefore === undefined) throw error;
        return open(settings.passwordBefore);
    }
}

/** The password is wrong, and stays so. */
function isRefusal(error) {
    return error.codeName === "AuthenticationFailed" || error.code === 18;
}

/** Tries until it gets a value, or throws with the last reason once the deadline is past. */
function retry(settings, purpose, attempt) {
    let reason = "";
    for (;;) {
        try {
            const value = attempt();
            if (value !== undefined) return value;
            reason = "not yet";
        } catch (error) {
            if (isRefusal(error)) throw error;
            if (String(error.message) !== reason) say(`Waiting for ${purpose}: ${error.message}`);
            reason = String(error.message);
        }
        if (Date.now() >= settings.deadline) {
            throw new Error(`Gave up on ${purpose} after ${settings.seconds} s: ${reason}`);
        }
        sleep(RETRY_MILLISECONDS);
    }
}

/** Starts the set on its first member, unless it exists. */
function initiate(settings) {
    const first = settings.members[0];
    const admin = retry(settings, first, () => {
        return connect(settings, [first], "directConnection=true");
    });
    try {
        admin.runCommand({ replSetGetStatus: 1 });
        say(`${settings.set} exists.`);
        return;
    } catch (error) {
        if (error.codeName !== "NotYetInitialized" && error.code !== 94) throw error;
    }
    admin.runCommand({ replSetInitiate: { _id: settings.set, members: [{ _id: 0, host: first }] } });
    say(`${settings.set} started on ${first}.`);
}

/** Waits for a primary and opens it. */
function primary(settings) {
    return retry(settings, `a primary of ${settings.set}`, () => {
        const admin = connect(settings, settings.members, `replicaSet=${settings.set}`);
        return admin.runCommand({ hello: 1 }).isWritablePrimary ? admin : undefined;
    });
}

/** Adds the members that lack, one at a time: a reconfiguration may change one vote only. */
function join(settings, admin) {
    for (const host of settings.members) {
        retry(settings, `${host} to join`, () => {
            const { config } = admin.runCommand({ replSetGetConfig: 1 });
            if (config.members.some((member) => member.host === host)) return true;
            const id = Math.max(...config.members.map((member) => member._id)) + 1;
            config.members.push({ _id: id, host });
            config.version += 1;
            admin.runCommand({ replSetReconfig: config });
            say(`${host} joined.`);
            return true;
        });
    }
    const { config } = admin.runCommand({ replSetGetConfig: 1 });
    for (const { host } of config.members) {
        if (!settings.members.includes(host)) say(`${host} is in ${settings.set} but not in the list: left as it is.`);
    }
}

/** Gives the administrator the password that it should have, where the one before was still in force. */
function renewRoot(settings, admin) {
    if (settings.passwordBefore === undefined) return;
    admin.runCommand({ updateUser: settings.root, pwd: settings.password });
    say(`User ${settings.root} of admin updated.`);
}

/** Makes a user, or gives it the password and the roles that are wanted. */
function ensureUser(admin, { user, database, password, roles }) {
    const db = admin.getSiblingDB(database);
    const exists = db.runCommand({ usersInfo: user }).users.length > 0;
    const command = exists ? { updateUser: user, pwd: password, roles } : { createUser: user, pwd: password, roles };
    db.runCommand(command);
    say(`User ${user} of ${database} ${exists ? "updated" : "created"}.`);
}

try {
    const settings = readSettings();
    initiate(settings);
    const admin = primary(settings);
    join(settings, admin);
    for (const user of settings.users) ensureUser(admin, user);
    // Last: after it the connections above would have to be opened anew.
    renewRoot(settings, admin);
    say("Done.");
    quit(0);
} catch (error) {
    say(`init.js: ${error.codeName ? `${error.codeName}: ` : ""}${error.message}`);
    quit(1);
}

"use strict";
/*
 * A stub of mongosh, since no mongod can be had here: runs the script it is given against a replica set that exists in
 * a JSON file (STUB_STATE) alone, records every command in it, and never sleeps (its clock jumps instead).
 */
const fs = require("fs");
const vm = require("vm");

const file = process.env.STUB_STATE;
const state = JSON.parse(fs.readFileSync(file, "utf8"));
state.arguments = process.argv.slice(2);
state.environment = Object.values(process.env);
let now = Date.now();

function refuse(codeName, message) {
    throw Object.assign(new Error(message), { codeName });
}

class Mongo {
    constructor(uri) {
        const { username, password, host, searchParams } = new URL(
            uri.replace(/^mongodb:/, "http:").replace(/,.*?\//, "/"),
        );
        state.connections.push({ member: host, replicaSet: searchParams.get("replicaSet") });
        if (state.unreachable > 0) {
            state.unreachable -= 1;
            throw new Error(`connect ECONNREFUSED ${host}`);
        }
        if (decodeURIComponent(username) !== "root" || decodeURIComponent(password) !== state.rootPassword) {
            refuse("AuthenticationFailed", "Authentication failed.");
        }
    }

    getDB(name) {
        return {
            getSiblingDB: (other) => this.getDB(other),
            runCommand: (command) => {
                state.commands.push({ database: name, command });
                const [verb] = Object.keys(command);
                return { ok: 1, ...COMMANDS[verb](name, command) };
            },
        };
    }
}

const COMMANDS = {
    ping: () => ({}),
    replSetGetStatus: () => {
        if (!state.config) refuse("NotYetInitialized", "no replset config has been received");
    },
    replSetInitiate: (_database, { replSetInitiate }) => {
        if (state.config) refuse("AlreadyInitialized", "already initialized");
        state.config = { version: 1, ...replSetInitiate };
    },
    hello: () => {
        state.elections -= 1;
        return { isWritablePrimary: state.elections < 0 };
    },
    replSetGetConfig: () => ({ config: JSON.parse(JSON.stringify(state.config)) }),
    replSetReconfig: (_database, { replSetReconfig: wanted }) => {
        if (state.notReady > 0) {
            state.notReady -= 1;
            refuse("NewReplicaSetConfigurationIncompatible", "the new member does not answer");
        }
        const ids = new Set(wanted.members.map(({ _id }) => _id));
        if (wanted.version <= state.config.version || ids.size !== wanted.members.length) {
            refuse("NewReplicaSetConfigurationIncompatible", "version or member ids");
        }
        if (wanted.members.length > state.config.members.length + 1) {
            refuse("InvalidReplicaSetConfig", "only one voting member may be added at a time");
        }
        state.config = wanted;
    },
    usersInfo: (database, { usersInfo }) => ({
        users: state.users.filter((one) => one.id === `${database}.${usersInfo}`),
    }),
    createUser: (database, { createUser, pwd, roles }) => {
        if (state.userError) refuse("UnsupportedFormat", `${state.userError} ${pwd}`);
        const id = `${database}.${createUser}`;
        if (state.users.some((one) => one.id === id)) refuse("Location51003", `User "${id}" already exists`);
        state.users.push({ id, pwd, roles });
    },
    updateUser: (database, { updateUser, pwd, roles }) => {
        if (database === "admin" && updateUser === "root") {
            state.rootPassword = pwd;
            return;
        }
        const user = state.users.find((one) => one.id === `${database}.${updateUser}`);
        Object.assign(user, { pwd, roles });
    },
};

function quit(code) {
    fs.writeFileSync(file, JSON.stringify(state));
    process.exit(code);
}

class Clock extends Date {
    static now() {
        return now;
    }
}

const script = state.arguments[state.arguments.indexOf("--file") + 1];
vm.runInNewContext(fs.readFileSync(script, "utf8"), {
    Mongo,
    Date: Clock,
    print: (text) => process.stdout.write(`${text}\n`),
    process,
    quit,
    require,
    sleep: (milliseconds) => (now += milliseconds),
});
quit(0);

import { Readable } from "node:stream";
import { JobError, oneLine } from "./failure";

/** Lines that are neither empty nor comments, as in age's own recipient and identity files. */
function keyLines(text: string): string[] {
    return text
        .split(/[\n,]/)
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith("#"));
}

/**
 * Public keys to encrypt for. Two, kept in two places, so that the loss of one identity is not the loss of all backups.
 * @throws JobError for fewer than two (unless `single`), for a repeated one and for anything that is no public key
 */
export function readRecipients(text: string, single: boolean): string[] {
    const recipients = keyLines(text);
    if (recipients.some((line) => /^AGE-SECRET-KEY-/i.test(line)))
        throw new JobError("AGE_RECIPIENTS holds a secret key: only public keys (age1…) belong here.");
    const wrong = recipients.find((line) => !/^age1[0-9a-z]+$/.test(line));
    if (wrong !== undefined) throw new JobError(`AGE_RECIPIENTS: "${wrong}" is not a public key of age (age1…).`);
    if (new Set(recipients).size < recipients.length) throw new JobError("AGE_RECIPIENTS names one key twice.");
    if (recipients.length < 2 && !(single && recipients.length === 1)) {
        throw new JobError(
            `AGE_RECIPIENTS has ${recipients.length} of at least two public keys: with one, losing its identity ` +
                "loses every backup (AGE_SINGLE_RECIPIENT=true allows one).",
        );
    }
    return recipients;
}

/** Makes a pair of age's: the identity opens what is encrypted for the recipient. */
export async function makeKeys(): Promise<{ identity: string; recipient: string }> {
    const { generateX25519Identity, identityToRecipient } = await import("age-encryption");
    const identity = await generateX25519Identity();
    return { identity, recipient: await identityToRecipient(identity) };
}

/** Encrypts as it streams by (age-encryption.org/v1); what fails in the source fails in the result. */
export async function encrypt(source: Readable, recipients: readonly string[]): Promise<AsyncIterable<Uint8Array>> {
    const { Encrypter } = await import("age-encryption");
    const encrypter = new Encrypter();
    try {
        for (const recipient of recipients) encrypter.addRecipient(recipient);
    } catch (error) {
        throw new JobError(`AGE_RECIPIENTS holds a key that age refuses: ${oneLine(error)}.`);
    }
    return (await encrypter.encrypt(oneAtATime(source))) as AsyncIterable<Uint8Array>;
}

/**
 * Decrypts as it streams by; each 64 KiB are authenticated before they come out.
 * @throws JobError when no identity of the text (an age identity file) fits
 */
export async function decrypt(source: Readable, identities: string): Promise<AsyncIterable<Uint8Array>> {
    const { Decrypter } = await import("age-encryption");
    const decrypter = new Decrypter();
    try {
        for (const identity of keyLines(identities)) decrypter.addIdentity(identity);
        return (await decrypter.decrypt(oneAtATime(source))) as AsyncIterable<Uint8Array>;
    } catch (error) {
        throw new JobError(`The archive can't be decrypted: ${oneLine(error)}.`);
    }
}

/**
 * A web stream that asks for a chunk when one is wanted. (Readable.toWeb counts chunks against a mark meant for bytes,
 * and would hold a gibibyte.)
 */
function oneAtATime(source: Readable): ReadableStream<Uint8Array> {
    const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    return new ReadableStream<Uint8Array>(
        {
            async pull(controller) {
                const { done, value } = await iterator.next();
                if (done) controller.close();
                else controller.enqueue(value);
            },
            async cancel() {
                await iterator.return?.();
            },
        },
        { highWaterMark: 0 },
    );
}

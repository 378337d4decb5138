import type { Answer } from "./api-server";

/** With its white space made even: a message of the API server has one line. */
export const even = (text: string) => text.replace(/\s+/g, " ");

/** What the API server says of a refused request, after the name of the policy. */
export function said({ code, body }: Answer): { code: number; policy?: string; message: string } {
    const [, policy, message] = /ValidatingAdmissionPolicy '([^']*)' with binding '[^']*' denied request: (.*)$/s.exec(
        body.message ?? "",
    ) ?? [undefined, undefined, String(body.message ?? body.kind)];
    return { code, policy, message: even(message) };
}

/** Looks until what is found is right, half a minute at most: what was written just now is not yet known everywhere. */
export async function until<T>(look: () => Promise<T>, isRight: (found: T) => boolean): Promise<T> {
    const deadline = Date.now() + 30_000;
    for (;;) {
        const found = await look();
        if (isRight(found) || Date.now() > deadline) return found;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

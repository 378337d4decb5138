/** The shell blocks of a Markdown document: what a reader is told to type. */
export function commandBlocks(markdown: string): string[] {
    return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
}

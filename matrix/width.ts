const wide =
    /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const invisible = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** How many terminal columns a text takes: two for East Asian wide characters and emoji (Unicode UAX 11), none for combining marks. */
export function displayWidth(text: string): number {
    let width = 0;
    for (const character of text) width += invisible.test(character) ? 0 : wide.test(character) ? 2 : 1;
    return width;
}

/** The 1-based column, in characters (code points), of an offset in UTF-16 units. */
export function columnAt(line: string, offset: number): number {
    let column = 1;
    for (let index = 0; index < offset && index < line.length; column++) {
        index += line.codePointAt(index)! > 0xffff ? 2 : 1;
    }
    return column;
}

/** How many characters (code points) a text has. */
export function characterCount(text: string): number {
    return columnAt(text, text.length) - 1;
}

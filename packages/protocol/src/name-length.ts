/** A name has to fit in one line of a phone's screen. UTF-16 units. */
export const MAX_NAME_LENGTH = 64;

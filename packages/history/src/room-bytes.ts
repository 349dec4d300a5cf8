/** Free bytes below which a disk that was full will soon be full again. */
export const ROOM_BYTES = 1024 * 1024;

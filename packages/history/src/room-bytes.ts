/** With less than this a disk that was full soon is again, bytes. */
export const ROOM_BYTES = 1024 * 1024;

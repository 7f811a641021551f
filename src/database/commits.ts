/** How many transactions are being committed at this moment: of these nobody knows yet whether they are kept. */
export const commits = { underway: 0 }

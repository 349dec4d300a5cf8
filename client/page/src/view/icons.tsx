/** All icons are hidden from screen readers: the button or the words beside them have the name. */
function Icon({ path }: { path: string }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

export const MenuIcon = () => <Icon path="M4 7h16M4 12h16M4 17h10" />;
export const SendIcon = () => <Icon path="M12 19V5M6 11l6-6 6 6" />;
export const CloseIcon = () => <Icon path="M6 6l12 12M18 6L6 18" />;
export const DownIcon = () => <Icon path="M12 5v14M6 13l6 6 6-6" />;
export const EditIcon = () => <Icon path="M4 20h4L19 9l-4-4L4 16zM13 7l4 4" />;
export const BellIcon = () => (
  <Icon path="M12 3v2M6 17c1.5-1.5 1.5-4 1.5-6a4.5 4.5 0 0 1 9 0c0 2 0 4.5 1.5 6zM10.5 20h3" />
);
export const SearchIcon = () => <Icon path="M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM16.5 16.5L21 21" />;
export const CalendarIcon = () => <Icon path="M5 6h14v14H5zM5 10h14M9 3v4M15 3v4" />;
export const ReplyIcon = () => <Icon path="M10 6L4 12l6 6M4 12h10a6 6 0 0 1 6 6" />;
export const SmileIcon = () => (
  <Icon path="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM8.5 14a4 4 0 0 0 7 0M9 9.5v.01M15 9.5v.01" />
);
export const MoreIcon = () => <Icon path="M5 12v.01M12 12v.01M19 12v.01" />;
export const TrashIcon = () => <Icon path="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13" />;
export const LinkIcon = () => (
  <Icon path="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1" />
);
export const LockIcon = () => <Icon path="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />;
export const BoxIcon = () => <Icon path="M4 5h16v4H4zM6 9v10h12V9M10 13h4" />;
export const PlusIcon = () => <Icon path="M12 5v14M5 12h14" />;
export const PinIcon = () => <Icon path="M9 4h6l-1 6 3 3H7l3-3zM12 13v7" />;
export const MuteIcon = () => <Icon path="M5 9h4l5-4v14l-5-4H5zM18 9l4 6M22 9l-4 6" />;
export const BanIcon = () => <Icon path="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8" />;
export const PeopleIcon = () => (
  <Icon path="M9 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM3 20a6 6 0 0 1 12 0M16 5a3 3 0 0 1 0 6M17 14a6 6 0 0 1 4 6" />
);
export const GearIcon = () => (
  <Icon path="M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M5.6 18.4l2.2-2.2M16.2 7.8l2.2-2.2" />
);
export const HistoryIcon = () => <Icon path="M4 12a8 8 0 1 0 3-6.2L4 8M4 4v4h4M12 8v4l3 2" />;

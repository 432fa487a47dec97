package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
)

//go:embed mail pages words
var embedded embed.FS

const (
	mailFolder  = "mail"
	pagesFolder = "pages"
	wordsFolder = "words"
)

// sources is what there is to parse, by path.
type sources struct {
	layouts map[string]string // of mails and pages, replacements in the place of the embedded
	words   map[string]string // the embedded ones
	changes map[string]string // words from disk, which win message by message
}

// readSources reads the embedded files and those of dir, if it is not "". A file there
// that replaces nothing is refused: mostly its name is misspelt, and it would be missed
// only by who reads the mail.
func readSources(dir string) (s sources, err error) {
	if s.layouts, err = readFolders(embedded, mailFolder, pagesFolder); err != nil {
		return s, err
	}
	if s.words, err = readFolders(embedded, wordsFolder); err != nil || dir == "" {
		return s, err
	}
	if _, err := os.Stat(dir); err != nil {
		return s, err
	}
	replacements, err := readFolders(os.DirFS(dir), mailFolder, pagesFolder)
	if err != nil {
		return s, err
	}
	for file := range replacements {
		if _, known := s.layouts[file]; !known {
			return s, fmt.Errorf("%s replaces no template: there is no %s", path.Join(dir, file), file)
		}
	}
	maps.Copy(s.layouts, replacements)
	s.changes, err = readFolders(os.DirFS(dir), wordsFolder)
	return s, err
}

// readFolders reads those of the folders that are there.
func readFolders(root fs.FS, folders ...string) (map[string]string, error) {
	files := make(map[string]string)
	for _, folder := range folders {
		err := fs.WalkDir(root, folder, func(file string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && file == folder {
				return nil
			}
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(root, file)
			files[file] = string(content)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// wordFiles lists the files of words, whoever wrote them.
func (s sources) wordFiles() []string {
	files := slices.AppendSeq(slices.Collect(maps.Keys(s.words)), maps.Keys(s.changes))
	slices.Sort(files)
	return slices.Compact(files)
}

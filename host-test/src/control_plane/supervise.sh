# Runs a program that ends when standard input is closed, and then removes the
# folder, unless there is a file `keep` in it: so nothing is left, whatever
# becomes of the starter.
folder=$0
# For the program alone, though the whole group is sent it.
trap : USR1
"$@"
code=$?
[ -e "$folder/keep" ] || rm -rf "$folder"
exit $code

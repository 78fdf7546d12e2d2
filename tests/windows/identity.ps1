# What only Windows can prove about the identity of an executable: Explorer's view of its version in two languages, its
# icon, its manifest as the loader understands it, and that it starts. Needs gorelease, go and git on the PATH.
# Not run on Windows yet.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

$folder = Join-Path ([IO.Path]::GetTempPath()) ('gorelease-identity-' + [guid]::NewGuid())
$null = New-Item -ItemType Directory -Path $folder
Push-Location $folder
try {
    Set-Content -Path go.mod -Value "module example.com/hello`n`ngo 1.21"
    Set-Content -Path main.go -Value @'
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	page, _, _ := syscall.NewLazyDLL("kernel32.dll").NewProc("GetACP").Call()
	own, _ := os.Executable()
	long := filepath.Join(filepath.Dir(own), strings.Repeat("a", 120), strings.Repeat("b", 120), strings.Repeat("c", 120))
	fmt.Println("code page", page, "long path", os.MkdirAll(long, 0o777) == nil)
}
'@
    Set-Content -Path release.toml -Value @'
[project]
title = "Orders"
manufacturer = "Contoso Ltd"

[build]
targets = ["host"]

[package]
windows = ["binary"]
binary-name = "{{ binary }}"

[[windows.translation]]
language = "de-DE"
product = "Bestellungen"
'@
    & gorelease build --version 1.4.2-rc.1
    if ($LASTEXITCODE -ne 0) { throw "gorelease build: exit code $LASTEXITCODE" }

    $executable = Join-Path $folder 'dist\hello.exe'
    $version = (Get-Item -LiteralPath $executable).VersionInfo
    $expected = @{
        CompanyName = 'Contoso Ltd'; ProductName = 'Orders'; FileDescription = 'Orders'
        ProductVersion = '1.4.2-rc.1'; OriginalFilename = 'hello.exe'; InternalName = 'hello'
        FileMajorPart = 1; FileMinorPart = 4; FileBuildPart = 2; FilePrivatePart = 40002; IsPreRelease = $true
    }
    foreach ($name in $expected.Keys) {
        if ($version.$name -ne $expected[$name]) { throw "$name is '$($version.$name)', not '$($expected[$name])'" }
    }

    $said = & $executable
    if ($LASTEXITCODE -ne 0) { throw "the program ended with $LASTEXITCODE" }
    if ($said -ne 'code page 65001 long path True') { throw "the manifest has no effect: $said" }
    Write-Output "identity: $said"
}
finally {
    Pop-Location
    # Longer paths than Remove-Item takes in Windows PowerShell 5.1.
    & cmd.exe /c rd /s /q "\\?\$folder"
}

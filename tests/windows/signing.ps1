# What only Windows can prove about signing: that signtool signs with a certificate of the certificate store, and that
# Windows itself takes the signatures in executable, package and script for valid. Needs gorelease, go, git and the
# Windows SDK on a machine whose certificate stores may be changed; the certificate is removed again.
# Not run on Windows yet.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

$folder = Join-Path ([IO.Path]::GetTempPath()) ('gorelease-signing-' + [guid]::NewGuid())
$null = New-Item -ItemType Directory -Path $folder
$signtool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
    Sort-Object FullName | Select-Object -Last 1
$env:GORELEASE_SIGNTOOL = $signtool.FullName
$certificate = New-SelfSignedCertificate -Type CodeSigningCert -Subject 'CN=gorelease signing test' -CertStoreLocation Cert:\CurrentUser\My
$root = [Security.Cryptography.X509Certificates.X509Store]::new('Root', 'LocalMachine')
$root.Open('ReadWrite')
$root.Add($certificate)
Push-Location $folder
try {
    Set-Content -Path go.mod -Value "module example.com/hello`n`ngo 1.21"
    Set-Content -Path main.go -Value "package main`n`nfunc main() { println(1) }"
    Set-Content -Path install.ps1 -Value "Write-Output 'installed'"
    Set-Content -Path release.toml -Value @"
[project]
title = "Hello"
manufacturer = "Contoso Ltd"

[build]
targets = ["windows/amd64"]

[package]
windows = ["zip", "msi"]

[[package.files]]
from = "install.ps1"

[sign.authenticode]
tool = "signtool"
thumbprint = "$($certificate.Thumbprint)"
"@
    git init --quiet
    git add --all
    git -c user.name=a -c user.email=a@example.com commit --quiet --message first
    gorelease build --version 1.2.3
    if ($LASTEXITCODE -ne 0) { throw "gorelease build ended with $LASTEXITCODE" }
    Expand-Archive -Path dist\*.zip -DestinationPath unpacked
    $files = @(Get-ChildItem unpacked -Recurse -Include *.exe, *.ps1) + @(Get-ChildItem dist -Filter *.msi)
    if ($files.Count -ne 3) { throw "expected three signed files, found $($files.Count)" }
    foreach ($file in $files) {
        $signature = Get-AuthenticodeSignature -FilePath $file.FullName
        if ($signature.Status -ne 'Valid') { throw "$($file.Name): $($signature.StatusMessage)" }
    }
    Write-Output 'all signatures are valid'
}
finally {
    Pop-Location
    $root.Remove($certificate)
    $root.Close()
    Remove-Item -Path "Cert:\CurrentUser\My\$($certificate.Thumbprint)"
    Remove-Item -Recurse -Force -Path $folder
}

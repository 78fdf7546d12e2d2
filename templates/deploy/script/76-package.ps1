
# ---- Windows Installer --------------------------------------------------------------------------------------------------------

function Get-Package {
    param([object] $Release)
    return $Release.artifacts | Where-Object { $_.role -eq 'package' } | Select-Object -First 1
}

# A word for msiexec, which takes its command line apart in its own way: quotation marks stand around the value of a property, not
# around the whole as PowerShell would write it (1639), and are doubled inside.
function ConvertTo-InstallerWord {
    param([string] $Word)
    if ($Word -match '(?s)^(\w[\w.]*)=(.*)$') { return $Matches[1] + '="' + $Matches[2].Replace('"', '""') + '"' }
    if ($Word -match '\s') { return '"' + $Word + '"' }
    return $Word
}

# msiexec with a log; waits while another installation runs (1618), and tells a restart from a failure (3010, 1641).
function Invoke-Msiexec {
    param([string] $Verb, [string] $Subject, [int[]] $Expect, [string[]] $Values = @())
    # PowerShell 7 asks with -Confirm for this call, too; Windows PowerShell 5.1 has no parameter against it.
    $ConfirmPreference = 'None'
    $Log = Join-Path (Get-StateFolder) 'msiexec.log'
    $Words = @($Verb, $Subject, '/qn', '/norestart', '/l*v', $Log) + $Values
    $Line = @($Words | ForEach-Object { ConvertTo-InstallerWord $_ }) -join ' '
    $Deadline = [DateTime]::UtcNow.AddMinutes(5)
    while ($true) {
        # One text as it is, in each edition.
        $Code = (Start-Process -FilePath 'msiexec.exe' -ArgumentList $Line -Wait -PassThru).ExitCode
        if ($Code -ne 1618) { break }
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run 'another installation has been running for five minutes (1618)' 'run again when it has ended' }
        Start-Sleep -Seconds 1
    }
    if (($Expect + 0, 3010, 1641) -notcontains $Code) {
        Stop-Run "``msiexec.exe $((Hide-Secret $Words) -join ' ')`` failed with $Code" "see $Log"
    }
    if ($Code -eq 3010 -or $Code -eq 1641) { $Run.Restart = $true }
    return $Code
}

# Properties for msiexec: those given, and the passwords of accounts, which Windows Installer cannot read back.
function Get-PackageProperty {
    param([object] $Release)
    foreach ($Name in @($Run.Given.Keys | Sort-Object)) { "$Name=$($Run.Given[$Name])" }
    # An empty value is none for Windows Installer, which would take the remembered one.
    $Reset = @($Run.Given.Keys | Where-Object { -not $Run.Given[$_] } | Sort-Object)
    if ($Reset.Count -gt 0) { 'RESET=' + ($Reset -join ';') }
    if ($Adopt) { 'ADOPT=1' }
    foreach ($Unit in @(Get-Instance $Release | Where-Object { $_.Service.account.needs_password })) {
        $Owner = 'SERVICE'
        if (@($Release.services).Count -gt 1) { $Owner = [regex]::Replace($Unit.Service.name.ToUpperInvariant(), '[^A-Z0-9]', '_') }
        "${Owner}_PASSWORD=$(Get-AccountPassword (Get-AccountName $Unit))"
    }
}

# Installs the package of a release. An older one is put back by removing the newer one first: packages refuse to downgrade.
function Install-Package {
    param([object] $Release, [object] $Journal)
    $Package = Get-Package $Release
    $Record = Read-Record
    if ($Journal.operation -ne 'rollback' -and $Record -and $Record.current.version -eq $Release.product.version -and (Test-ServiceExists (@(Get-Instance $Release)[0].Instance.service_name))) { return }
    if ($Journal.operation -eq 'rollback' -and $Journal.from) {
        Invoke-Msiexec '/x' (Get-Package (Get-Release $Journal.from.version)).product_code @(1605) | Out-Null
    }
    $Path = Join-Path (Get-ReleaseFolder $Release.product.version) $Package.file.Replace('/', '\')
    Invoke-Msiexec '/i' $Path @() (Get-PackageProperty $Release) | Out-Null
    Add-Change "package $($Package.file) installed"
}

function Remove-Package {
    param([object] $Release)
    if ((Invoke-Msiexec '/x' (Get-Package $Release).product_code @(1605)) -ne 1605) { Add-Change 'package removed' }
}
